import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What counts as one client when wrong keys are counted: an IPv4 address, or an IPv6 /64, since a host has all of that. */
export function clientNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${parsed.toByteArray().slice(0, 8).join('.')}/64`;
}
