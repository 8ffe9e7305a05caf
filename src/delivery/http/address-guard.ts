import { lookup as resolveName, type LookupAddress, type LookupOptions } from 'node:dns';
import { AddressRules, type AddressVerdict } from '../../config/address-rules.js';

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** Looks a name up: `dns.lookup`, or a stand-in. */
type Resolve = (
  host: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The connection was not made because of where it would have led. */
export class AddressBlockedError extends Error {
  readonly code = 'ADDRESS_BLOCKED';
}

const REMEMBERED_HOSTS = 2_000;

/** Keeps deliveries from addresses that they may not connect to: the host as written, every resolved address, the connected one. */
export class AddressGuard {
  private readonly rules: AddressRules;
  /** Verdicts about hosts as written, which never change; those of destinations are asked for at each send. */
  private readonly hosts = new Map<string, AddressVerdict>();

  /** `allowedNetworks`: CIDRs of private networks that are open to every destination. */
  constructor(
    allowedNetworks: readonly string[],
    private readonly resolve: Resolve = resolveName,
  ) {
    this.rules = new AddressRules(allowedNetworks);
  }

  /** May a connection go to this address? `allowPrivate` is the destination's own leave. */
  allows(address: string, allowPrivate: boolean): boolean {
    return this.rules.ofAddress(address, allowPrivate) === 'open';
  }

  /** Refuses a URL by its host alone; sockets never look literal addresses up. @throws AddressBlockedError */
  checkHost(url: URL, allowPrivate: boolean): void {
    const verdict = this.ofHost(url, allowPrivate);
    if (verdict !== 'open') throw new AddressBlockedError(blocked(url.hostname, verdict));
  }

  private ofHost(url: URL, allowPrivate: boolean): AddressVerdict {
    const key = `${allowPrivate ? 'private ' : ''}${url.hostname}`;
    let verdict = this.hosts.get(key);
    if (verdict === undefined) {
      verdict = this.rules.ofHost(url, allowPrivate);
      if (this.hosts.size >= REMEMBERED_HOSTS) this.hosts.clear();
      this.hosts.set(key, verdict);
    }
    return verdict;
  }

  /** Refuses an address that a socket has connected to, however it came there. @throws AddressBlockedError */
  checkConnected(address: string, allowPrivate: boolean): void {
    const verdict = this.rules.ofAddress(address, allowPrivate);
    if (verdict !== 'open') throw new AddressBlockedError(blocked(address, verdict));
  }

  /**
   * A `lookup` for sockets that resolves once and hands on only addresses that may be reached, so that what was checked is
   * what is connected to. Any forbidden address among the answers refuses the name: a mix is what a rebinding attack looks like.
   */
  lookup(allowPrivate: boolean): (host: string, options: LookupOptions, callback: LookupCallback) => void {
    return (host, options, callback) => {
      this.resolve(host, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, []);
        const bad = addresses.find(({ address }) => !this.allows(address, allowPrivate));
        if (bad)
          return callback(
            new AddressBlockedError(blocked(bad.address, this.rules.ofAddress(bad.address, allowPrivate))),
            [],
          );
        const [first] = addresses;
        if (!first) return callback(Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' }), []);
        if (options.all) return callback(null, addresses);
        callback(null, first.address, first.family);
      });
    };
  }
}

function blocked(address: string, verdict: AddressVerdict): string {
  return verdict === 'never'
    ? `${address} is never open to deliveries`
    : `${address} is not open to deliveries; allowPrivateNetwork or HOOKYARD_ALLOWED_NETWORKS opens private networks`;
}
