import ipaddr from 'ipaddr.js';
import { Refusal, fromText, listOf } from './from-text.js';
import { parseHttpUrl } from './http-url.js';

const cidrHow = 'write CIDRs with a comma between: "10.0.0.0/8,fd00::/8"';

/** A TCP port; 0 lets the system choose. */
export const portSchema = fromText<number>((text) => {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  // Kubernetes sets <SERVICE>_PORT for every Service of the namespace, which can collide with a variable of ours.
  const hint = /^(tcp|udp|sctp):\/\//.test(text)
    ? '; Kubernetes set it for a Service of that name: write enableServiceLinks: false in the pod, or rename the Service'
    : '';
  return new Refusal(`must be a port from 0 to 65535${hint}`);
});

/** An address or host name to listen on. */
export const hostSchema = fromText<string>((text) =>
  isAddress(text) || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text)
    ? text
    : new Refusal('must be an address or a host name, without scheme and port: "0.0.0.0", "127.0.0.1" or "::"'),
);

/** Networks, comma between; host bits are cleared, and a single address becomes a network of one. */
export const networksSchema = fromText<string[]>((text) => {
  const networks = listOf(text).map(parseNetwork);
  return networks.every((network) => network !== undefined)
    ? networks
    : new Refusal(`holds something else; ${cidrHow}`);
});

/** `true` (any proxy), `false`, or the proxies' addresses and CIDRs. A number of hops is not offered: it can be forged. */
export const trustProxySchema = fromText<boolean | string[]>((text) => {
  if (text === 'true' || text === 'false') return text === 'true';
  const networks = listOf(text).map(parseNetwork);
  return networks.length > 0 && networks.every((network) => network !== undefined)
    ? networks
    : new Refusal(`must be "true", "false" or the addresses of your proxies; ${cidrHow}`);
});

/** Where the outside world reaches us, without a trailing slash. */
export const publicUrlSchema = fromText<string>((text) => {
  const url = parseHttpUrl(text);
  if (url instanceof Refusal) return url;
  return url.includes('?') ? new Refusal('has a query (?…); write only the address') : url.replace(/\/+$/, '');
});

function parseNetwork(text: string): string | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  if (!isAddress(address) || rest.length > 0) return undefined;
  const width = ipaddr.parse(address).kind() === 'ipv4' ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || prefix > width)) return undefined;
  const family = width === 32 ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${family.networkAddressFromCIDR(`${address}/${prefix}`).toString()}/${prefix}`;
}

/** ipaddr.js alone would also take "10" and "0x7f.1". */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (/^[0-9a-fA-F:.]+$/.test(text) && ipaddr.IPv6.isValid(text));
}
