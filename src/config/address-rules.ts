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

/** Their names, for who does not resolve names itself (an egress proxy does it) or asks too early to (a configuration). */
const METADATA_NAMES = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.tencentyun.com',
]);

/** All of IPv6 that is handed out to the public so far; outside it, plain-looking addresses embed IPv4 ones (`::127.0.0.1`). */
const PUBLIC_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];
/** Networks with IPv6 only reach the IPv4 internet through it (RFC 6052): the last 32 bits are the address that is meant. */
const NAT64: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('64:ff9b::'), 96];

/** Private in the sense that an operator may mean them. Everything else that is not plain unicast is refused always. */
const PRIVATE_RANGES = new Set(['private', 'loopback', 'uniqueLocal', 'linkLocal', 'carrierGradeNat']);

/** `open`: may be reached; `private`: only where it is allowed, and it is not; `never`: nobody can allow it. */
export type AddressVerdict = 'open' | 'private' | 'never';

/** Decides which addresses deliveries may go to. Pure; the guard at the socket and the configuration ask the same rules. */
export class AddressRules {
  private readonly networks: readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

  /** `allowedNetworks`: CIDRs of private networks that are open to every destination. */
  constructor(allowedNetworks: readonly string[]) {
    this.networks = allowedNetworks.map((cidr) => ipaddr.parseCIDR(cidr));
  }

  /** About an address as a resolver or a socket gives it. `allowPrivate` is the destination's own leave. */
  ofAddress(address: string, allowPrivate: boolean): AddressVerdict {
    // A zone (`fe80::1%eth0`) is not part of the address; a mapped address (`::ffff:10.0.0.1`) is the one it maps.
    const bare = address.split('%')[0] as string;
    if (!ipaddr.isValid(bare)) return 'never';
    const parsed = ipaddr.process(bare);
    if (METADATA.has(parsed.toString())) return 'never';
    if (parsed instanceof ipaddr.IPv6 && parsed.match(...NAT64)) {
      // Never into a private network: translators must not do that (RFC 6052, 3.1), and what they do is out of our sight.
      return isPublic(lastFourBytes(parsed)) ? 'open' : 'never';
    }
    const range = parsed.range();
    if (range === 'unicast') return parsed instanceof ipaddr.IPv4 || parsed.match(...PUBLIC_IPV6) ? 'open' : 'never';
    if (!PRIVATE_RANGES.has(range)) return 'never';
    return allowPrivate || this.isAllowed(parsed) ? 'open' : 'private';
  }

  /**
   * About the host of a URL, without resolving anything: literal addresses, `localhost` and names under it, and the names of
   * metadata services. Any other name is `open` as far as this can tell.
   */
  ofHost(url: URL, allowPrivate: boolean): AddressVerdict {
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
    if (ipaddr.isValid(host)) return this.ofAddress(host, allowPrivate);
    const name = host.toLowerCase();
    if (METADATA_NAMES.has(name)) return 'never';
    // RFC 6761: loopback, whatever a resolver makes of it.
    if (name === 'localhost' || name.endsWith('.localhost')) return this.ofAddress('127.0.0.1', allowPrivate);
    return 'open';
  }

  private isAllowed(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
    return this.networks.some(([network, bits]) => address.kind() === network.kind() && address.match(network, bits));
  }
}

function isPublic(address: string): boolean {
  return !METADATA.has(address) && ipaddr.parse(address).range() === 'unicast';
}

function lastFourBytes(address: ipaddr.IPv6): string {
  return address.toByteArray().slice(12).join('.');
}
