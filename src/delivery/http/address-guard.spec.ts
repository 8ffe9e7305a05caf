import { describe, expect, it } from '@jest/globals';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { AddressBlockedError, AddressGuard } from './address-guard.js';

const STRICT = new AddressGuard([]);

/** Whether a URL written like this may be reached, as far as its host is a literal address. */
function literalAllowed(host: string, allowPrivate: boolean, guard = STRICT): boolean {
  try {
    guard.checkHost(new URL(`http://${host}/hook`), allowPrivate);
    return true;
  } catch (error) {
    if (error instanceof AddressBlockedError) return false;
    throw error;
  }
}

/** Private networks: closed unless the destination or the operator opens them. */
const PRIVATE = [
  ['loopback', '127.0.0.1'],
  ['loopback, not the first', '127.255.255.254'],
  ['loopback in decimal', '2130706433'],
  ['loopback in hex', '0x7f000001'],
  ['loopback in hex by parts', '0x7f.0x0.0x0.0x1'],
  ['loopback in octal', '0177.0.0.1'],
  ['loopback in octal, whole', '017700000001'],
  ['loopback, short', '127.1'],
  ['loopback, short, mixed', '0x7f.1'],
  ['loopback in full-width digits', '１２７.０.０.１'],
  ['loopback with a trailing dot', '127.0.0.1.'],
  ['loopback with percent signs', '%31%32%37.0.0.1'],
  ['loopback behind a user', 'example.com@127.0.0.1'],
  ['loopback on an odd port', '127.0.0.1:22'],
  ['loopback of IPv6', '[::1]'],
  ['loopback of IPv6, written out', '[0:0:0:0:0:0:0:1]'],
  ['mapped loopback', '[::ffff:127.0.0.1]'],
  ['mapped loopback in hex', '[::ffff:7f00:1]'],
  ['10/8, first', '10.0.0.0'],
  ['10/8, last', '10.255.255.255'],
  ['172.16/12, first', '172.16.0.1'],
  ['172.16/12, last', '172.31.255.255'],
  ['192.168/16', '192.168.1.1'],
  ['192.168/16 in decimal', '3232235777'],
  ['mapped 192.168/16', '[::ffff:192.168.1.1]'],
  ['shared by carriers', '100.64.0.1'],
  ['shared by carriers, last', '100.127.255.255'],
  ['link-local', '169.254.1.1'],
  ['link-local of IPv6', '[fe80::1]'],
  ['link-local of IPv6, last', '[febf::1]'],
  ['unique local', '[fc00::1]'],
  ['unique local, the usual half', '[fd12:3456:789a::1]'],
  ['the name of loopback', 'localhost'],
  ['the name of loopback, shouted', 'LOCALHOST'],
  ['the name of loopback with a trailing dot', 'localhost.'],
  ['a name under it', 'db.localhost'],
  ['a name under it with a trailing dot', 'a.b.localhost.'],
  ['the name of loopback in circled letters', 'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ'],
  ['the name of loopback in full-width letters', 'ｌｏｃａｌｈｏｓｔ'],
  ['loopback with ideographic full stops', '127。0。0。1'],
] as const;

/** Never to be reached, whoever allows what. */
const NEVER = [
  ['metadata', '169.254.169.254'],
  ['metadata in decimal', '2852039166'],
  ['metadata in hex', '0xa9fea9fe'],
  ['metadata in octal', '0251.0376.0251.0376'],
  ['mapped metadata', '[::ffff:169.254.169.254]'],
  ['metadata of AWS in IPv6', '[fd00:ec2::254]'],
  ['metadata of AWS in IPv6, written out', '[fd00:0ec2:0:0:0:0:0:0254]'],
  ['metadata of Google in IPv6', '[fd20:ce::254]'],
  ['metadata of OpenStack in IPv6', '[fe80::a9fe:a9fe]'],
  ['credentials of an ECS task', '169.254.170.2'],
  ['credentials of an EKS pod', '169.254.170.23'],
  ['credentials of an EKS pod in IPv6', '[fd00:ec2::23]'],
  ['metadata of Alibaba', '100.100.100.200'],
  ['host agent of Azure', '168.63.129.16'],
  ['this host', '0.0.0.0'],
  ['this host, short', '0'],
  ['this network', '0.1.2.3'],
  ['unspecified of IPv6', '[::]'],
  ['mapped unspecified', '[::ffff:0.0.0.0]'],
  ['multicast', '224.0.0.1'],
  ['multicast, last', '239.255.255.255'],
  ['multicast of IPv6', '[ff02::1]'],
  ['class E', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['protocol assignments', '192.0.0.1'],
  ['documentation', '192.0.2.1'],
  ['documentation, second', '198.51.100.1'],
  ['documentation, third', '203.0.113.1'],
  ['benchmarks', '198.18.0.1'],
  ['6to4 relays', '192.88.99.1'],
  ['IPv4-compatible loopback', '[::127.0.0.1]'],
  ['IPv4-compatible metadata', '[::169.254.169.254]'],
  ['IPv4-translated loopback', '[::ffff:0:127.0.0.1]'],
  ['NAT64 to loopback', '[64:ff9b::127.0.0.1]'],
  ['NAT64 to metadata', '[64:ff9b::a9fe:a9fe]'],
  ['NAT64 to 10/8', '[64:ff9b::a00:1]'],
  ['NAT64 to Alibaba’s metadata', '[64:ff9b::100.100.100.200]'],
  ['NAT64 to the host agent of Azure', '[64:ff9b::168.63.129.16]'],
  ['metadata by name', 'metadata.google.internal'],
  ['metadata by name with a trailing dot', 'metadata.google.internal.'],
  ['metadata by a short name', 'metadata'],
  ['metadata of AWS by name', 'instance-data.ec2.internal'],
  ['NAT64 of a site', '[64:ff9b:1::1]'],
  ['6to4 to loopback', '[2002:7f00:1::]'],
  ['6to4 to 192.168/16', '[2002:c0a8:101::1]'],
  ['Teredo', '[2001:0:7f00:1::]'],
  ['site-local, withdrawn', '[fec0::1]'],
  ['discard', '[100::1]'],
  ['documentation of IPv6', '[2001:db8::1]'],
  ['benchmarks of IPv6', '[2001:2::1]'],
  ['ORCHID', '[2001:20::1]'],
  ['handed out to nobody yet', '[4000::1]'],
  ['an overlay network', '[200::1]'],
] as const;

const PUBLIC = [
  '8.8.8.8',
  '1.1.1.1',
  '172.15.0.1',
  '172.32.0.1',
  '100.63.0.1',
  '100.128.0.1',
  '192.167.0.1',
  '11.0.0.1',
  '223.255.255.255',
];
const PUBLIC_IPV6 = [
  '[2606:4700:4700::1111]',
  '[2a00:1450:4001::1]',
  '[::ffff:8.8.8.8]',
  '[64:ff9b::8.8.8.8]',
  '[2001:4860:4860::8888]',
];

describe('AddressGuard, of literal addresses', () => {
  it.each(PRIVATE)('keeps %s closed unless it is opened: %s', (_name, host) => {
    expect(literalAllowed(host, false)).toBe(false);
    expect(literalAllowed(host, true)).toBe(true);
  });

  it.each(NEVER)('keeps %s closed always: %s', (_name, host) => {
    const open = new AddressGuard(['0.0.0.0/0', '::/0']);
    expect(literalAllowed(host, false)).toBe(false);
    expect(literalAllowed(host, true)).toBe(false);
    expect(literalAllowed(host, true, open)).toBe(false);
  });

  it.each([...PUBLIC, ...PUBLIC_IPV6])('lets %s through', (host) => {
    expect(literalAllowed(host, false)).toBe(true);
  });

  it.each(['example.com', 'localhost.example.com', 'notlocalhost', '127.0.0.1.example.com', 'xn--80ak6aa92e.com'])(
    'leaves the name %s to its lookup',
    (host) => {
      expect(literalAllowed(host, false)).toBe(true);
    },
  );

  it('says which address, and what would open it', () => {
    expect(() => STRICT.checkHost(new URL('http://[::ffff:10.0.0.1]/'), false)).toThrow(
      /^\[::ffff:a00:1\] is not open.*allowPrivateNetwork/,
    );
  });
});

describe('AddressGuard, of networks an operator opened', () => {
  const guard = new AddressGuard(['10.1.0.0/16', 'fd00:1::/32', '8.0.0.0/8']);

  it.each([
    ['10.1.2.3', true],
    ['10.2.0.1', false],
    ['::ffff:10.1.2.3', true],
    ['::ffff:10.2.0.1', false],
    ['fd00:1::5', true],
    ['fd00:2::5', false],
    ['127.0.0.1', false],
    ['9.9.9.9', true],
  ])('%s: %j', (address, allowed) => {
    expect(guard.allows(address, false)).toBe(allowed);
  });

  it('does not open an IPv6 address by an IPv4 network', () => {
    expect(new AddressGuard(['0.0.0.0/0']).allows('fd00::1', false)).toBe(false);
    expect(new AddressGuard(['::/0']).allows('10.0.0.1', false)).toBe(false);
  });
});

describe('AddressGuard, of what a resolver says', () => {
  it.each(['fe80::1%eth0', 'fe80::1%25', 'fe80::a9fe:a9fe%eth0', '', 'example.com', '10.0.0', '::1 ', '127.0.0.1\0'])(
    'keeps %j closed',
    (address) => {
      expect(STRICT.allows(address, false)).toBe(false);
    },
  );

  it('looks at an address without its zone', () => {
    expect(STRICT.allows('fe80::1%eth0', true)).toBe(true);
    expect(STRICT.allows('fe80::a9fe:a9fe%eth0', true)).toBe(false);
  });
});

describe('AddressGuard.lookup', () => {
  const v4 = (address: string): LookupAddress => ({ address, family: 4 });
  const v6 = (address: string): LookupAddress => ({ address, family: 6 });
  const asked: { host: string; options: LookupOptions }[] = [];

  /** What a socket is handed when a name resolves to `answer`. */
  function look(answer: LookupAddress[] | Error, options: LookupOptions = {}, allowPrivate = false): unknown[] {
    let given: unknown[] = [];
    const guard = new AddressGuard(['10.1.0.0/16'], (host, all, callback) => {
      asked.push({ host, options: all });
      if (answer instanceof Error) callback(answer, []);
      else callback(null, answer);
    });
    guard.lookup(allowPrivate)('name.test.', options, (...result) => (given = result));
    return given;
  }

  it('hands on the address that it looked at, and asks once', () => {
    asked.length = 0;
    expect(look([v4('8.8.8.8'), v6('2606:4700::1')], { family: 0 })).toEqual([null, '8.8.8.8', 4]);
    expect(asked).toEqual([{ host: 'name.test.', options: { family: 0, all: true } }]);
  });

  it('hands on all of them to who asks for all', () => {
    const all = [v4('8.8.8.8'), v6('2606:4700::1')];
    expect(look(all, { all: true })).toEqual([null, all]);
  });

  it.each([
    ['localhost', [v4('127.0.0.1')]],
    ['localhost in IPv6', [v6('::1')]],
    ['a metadata service', [v4('169.254.169.254')]],
    ['a mapped private address', [v6('::ffff:192.168.0.1')]],
    ['NAT64', [v6('64:ff9b::a00:1')]],
    ['link-local with a zone', [v6('fe80::1%eth0')]],
    ['a mixture, private last', [v4('8.8.8.8'), v4('10.0.0.1')]],
    ['a mixture, private first', [v6('fd00::1'), v6('2606:4700::1')]],
  ])('refuses a name that leads to %s', (_case, answer) => {
    for (const options of [{}, { all: true }]) {
      const [error] = look(answer, options);
      expect(error).toBeInstanceOf(AddressBlockedError);
      expect((error as AddressBlockedError).code).toBe('ADDRESS_BLOCKED');
    }
  });

  it('lets private answers through where they are allowed', () => {
    expect(look([v4('192.168.0.7')], {}, true)).toEqual([null, '192.168.0.7', 4]);
    expect(look([v4('10.1.0.7')])).toEqual([null, '10.1.0.7', 4]);
    expect(look([v4('169.254.169.254')], {}, true)[0]).toBeInstanceOf(AddressBlockedError);
  });

  it('passes on that a name is unknown', () => {
    const unknown = Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' });
    expect(look(unknown)[0]).toBe(unknown);
  });

  it('fails without addresses, rather than throwing into the resolver', () => {
    expect(look([])[0]).toBeInstanceOf(Error);
    expect(look([], { all: true })[0]).toBeInstanceOf(Error);
  });
});
