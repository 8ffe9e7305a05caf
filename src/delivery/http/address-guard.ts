import { lookup as resolveName, type LookupAddress, type LookupOptions } from 'node:dns';
import ipaddr from 'ipaddr.js';

/** Cloud metadata services: they hand out credentials and are nobody's webhook destination, whatever is allowed. */
const METADATA = new Set([
  // AWS, Google, Azure, OpenStack and most others
  '169.254.169.254',
  'fd00:ec2::254',
  'fd20:ce::254',
  'fe80::a9fe:a9fe',
  // AWS: task roles (ECS), pod identities (EKS)
  '169.254.170.2',
  '169.254.170.23',
  'fd00:ec2::23',
  // Alibaba
  '100.100.100.200',
  // Azure's host agent, on an address that looks public
  '168.63.129.16',
]);

/** All of IPv6 that is handed out to the public so far; outside it, plain-looking addresses embed IPv4 ones (`::127.0.0.1`). */
const PUBLIC_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/** Private in the sense that an operator may mean them. Everything else that is not plain unicast is refused always. */
const PRIVATE_RANGES = new Set(['private', 'loopback', 'uniqueLocal', 'linkLocal', 'carrierGradeNat']);

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

/** Decides which addresses deliveries may connect to. */
export class AddressGuard {
  private readonly networks: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

  /** `allowedNetworks`: CIDRs of private networks that are open to every destination. */
  constructor(
    allowedNetworks: readonly string[],
    private readonly resolve: Resolve = resolveName,
  ) {
    this.networks = allowedNetworks.map((cidr) => ipaddr.parseCIDR(cidr));
  }

  /** May a connection go to this address? `allowPrivate` is the destination's own leave. */
  allows(address: string, allowPrivate: boolean): boolean {
    // A zone (`fe80::1%eth0`) is not part of the address; a mapped address (`::ffff:10.0.0.1`) is the one it maps.
    const bare = address.split('%')[0] as string;
    if (!ipaddr.isValid(bare)) return false;
    const parsed = ipaddr.process(bare);
    if (METADATA.has(parsed.toString())) return false;
    const range = parsed.range();
    if (range === 'unicast') return parsed instanceof ipaddr.IPv4 || parsed.match(...PUBLIC_IPV6);
    if (!PRIVATE_RANGES.has(range)) return false;
    return (
      allowPrivate ||
      this.networks.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits))
    );
  }

  /** Refuses a URL whose host is a literal address that may not be reached; sockets never look those up. */
  checkLiteral(url: URL, allowPrivate: boolean): void {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (ipaddr.isValid(host) && !this.allows(host, allowPrivate)) throw new AddressBlockedError(blocked(host));
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
        if (bad) return callback(new AddressBlockedError(blocked(bad.address)), []);
        const [first] = addresses;
        if (!first) return callback(Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' }), []);
        if (options.all) return callback(null, addresses);
        callback(null, first.address, first.family);
      });
    };
  }
}

function blocked(address: string): string {
  return `${address} is not open to deliveries; allowPrivateNetwork or HOOKYARD_ALLOWED_NETWORKS opens private networks`;
}
