import { describe, expect, it } from '@jest/globals';
import { clientNetwork } from './client-network.js';

describe('clientNetwork', () => {
  it('takes an IPv4 address as it is, also when it comes in IPv6 clothes', () => {
    expect(clientNetwork('192.0.2.7')).toBe('192.0.2.7');
    expect(clientNetwork('::ffff:192.0.2.7')).toBe('192.0.2.7');
  });

  it('takes all addresses of an IPv6 /64 as one client, and another /64 as another', () => {
    const one = clientNetwork('2001:db8:1:2:3:4:5:6');
    expect(clientNetwork('2001:db8:1:2:ffff::1')).toBe(one);
    expect(clientNetwork('2001:db8:1:3::1')).not.toBe(one);
  });
});
