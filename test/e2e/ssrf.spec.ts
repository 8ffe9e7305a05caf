/** What keeps deliveries from where they must not go, over real sockets: listeners that must never see a connection. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { deliveryPolicy } from '../../src/config/delivery-policy.js';
import { fakeDelivery } from '../../src/delivery/fake-delivery.js';
import { AddressGuard } from '../../src/delivery/http/address-guard.js';
import { HttpSender } from '../../src/delivery/http/http-sender.js';
import type { Outcome } from '../../src/delivery/outcome.js';
import { EMPTY_TOPOLOGY, type HttpDestination } from '../../src/routing/topology.js';
import type { TopologyStore } from '../../src/routing/topology.store.js';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase } from '../support/test-database.js';

const HOSTS_OF_LOOPBACK = `127.0.0.1 127.0.0.1. 127.1 127.0.1 127.0.0.2 127.255.255.254 2130706433 0x7f000001 0x7f.0x0.0x0.0x1 0x7f.1
  0177.0.0.1 0177.1 017700000001 １２７.０.０.１ 127。0。0。1 %31%32%37.0.0.1 ①②⑦.⓪.⓪.① [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1]
  [::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:1] [::127.0.0.1] [::7f00:1] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1]
  [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:7f00:1::1] [2001:0:7f00:1::] 0.0.0.0 0 0x0 00 [::] [::ffff:0.0.0.0] localhost LOCALHOST
  localhost. db.localhost a.b.localhost. ⓛⓞⓒⓐⓛⓗⓞⓢⓣ ｌｏｃａｌｈｏｓｔ`;
const OTHER_HOSTS = `169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 [::ffff:a9fe:a9fe] [64:ff9b::a9fe:a9fe]
  [2002:a9fe:a9fe::] [fd00:ec2::254] [fd20:ce::254] [fe80::a9fe:a9fe] 169.254.170.2 169.254.170.23 100.100.100.200 168.63.129.16
  metadata.google.internal metadata.google.internal. metadata instance-data.ec2.internal 10.0.0.1 10.1 167772161 172.16.0.1
  172.31.255.255 192.168.0.1 192.168.257 100.64.0.1 169.254.0.1 [fc00::1] [fd12:3456::1] [fe80::1] [fec0::1] 224.0.0.1 [ff02::1]
  240.0.0.1 255.255.255.255 192.0.0.8 198.18.0.1 192.0.2.1 [2001:db8::1] [100::1] [2001:20::1] [4000::1]`;
const words = (text: string): string[] => text.trim().split(/\s+/);

/** A port of this machine, on IPv4 and IPv6 at once, that must not be called. */
class Tripwire {
  connections = 0;
  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.connections += 1;
      socket.destroy();
    });
  }
  static async set(): Promise<Tripwire> {
    const server = createServer();
    server.listen(0);
    await once(server, 'listening');
    return new Tripwire(server);
  }
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }
  async stop(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}

describe('the guard', () => {
  let tripwire: Tripwire;
  let receiver: Receiver;
  /** What each name resolves to, one list after the other; the last one stays. */
  const zone = new Map<string, LookupAddress[][]>();
  const lookups: string[] = [];
  const resolve = (host: string, _options: unknown, callback: (e: Error | null, a: LookupAddress[]) => void): void => {
    lookups.push(host);
    const answers = zone.get(host);
    const answer = answers && answers.length > 1 ? answers.shift() : answers?.[0];
    if (answer) callback(null, answer);
    else callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
  };
  const senders: HttpSender[] = [];
  const senderWith = (allowedNetworks: string[]): HttpSender => {
    const topology = { current: EMPTY_TOPOLOGY } as unknown as TopologyStore;
    const sender = new HttpSender(new AddressGuard(allowedNetworks, resolve), topology);
    senders.push(sender);
    return sender;
  };
  const strict = senderWith([]);
  const send = (url: string, changes: Partial<HttpDestination> = {}, sender = strict): Promise<Outcome> =>
    sender.send(fakeDelivery(), Buffer.from('{}'), {
      kind: 'http',
      id: 1,
      name: 'any',
      policy: { ...deliveryPolicy(), timeoutMs: 3_000 },
      url: new URL(url),
      payload: 'cloudevents',
      signingSecrets: [],
      resignWith: undefined,
      headers: {},
      allowPrivateNetwork: false,
      tls: undefined,
      proxy: undefined,
      ...changes,
    });
  const BLOCKED = { kind: 'failed', errorClass: 'ADDRESS_BLOCKED', excerpt: undefined };
  const v4 = (address: string): LookupAddress => ({ address, family: 4 });
  const v6 = (address: string): LookupAddress => ({ address, family: 6 });

  beforeAll(async () => {
    tripwire = await Tripwire.set();
    receiver = await Receiver.start();
  });
  beforeEach(() => {
    zone.clear();
    lookups.length = 0;
  });
  afterAll(async () => {
    for (const sender of senders) await sender.onApplicationShutdown();
    await tripwire.stop();
    await receiver.stop();
  });

  it.each([...words(HOSTS_OF_LOOPBACK), ...words(OTHER_HOSTS)])('connects to no %s', async (host) => {
    expect(await send(`http://${host}:${tripwire.port}/hook`)).toEqual(BLOCKED);
    expect(lookups).toEqual([]);
  });

  it.each([
    ['loopback', [v4('127.0.0.1')]],
    ['loopback of IPv6', [v6('::1')]],
    ['mapped loopback', [v6('::ffff:127.0.0.1')]],
    ['this host', [v4('0.0.0.0')]],
    ['metadata', [v4('169.254.169.254')]],
    ['10/8', [v4('10.0.0.1')]],
    ['loopback through NAT64', [v6('64:ff9b::7f00:1')]],
    ['loopback through 6to4', [v6('2002:7f00:1::')]],
    ['link-local with a zone', [v6('fe80::1%lo')]],
    ['a public address first, loopback second', [v4('93.184.216.34'), v4('127.0.0.1')]],
    ['loopback first, a public address second', [v4('127.0.0.1'), v4('93.184.216.34')]],
  ])('connects to no name that leads to %s', async (_what, addresses) => {
    zone.set('evil.test', [addresses]);
    expect(await send(`http://evil.test:${tripwire.port}/hook`)).toEqual(BLOCKED);
    expect(await send(`https://evil.test:${tripwire.port}/hook`)).toEqual(BLOCKED);
    expect(lookups).toEqual(['evil.test', 'evil.test']);
  });

  it.each([22, 25, 6379, 11211])('cares for the address, whatever the port: %i', async (port) => {
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual(BLOCKED);
  });

  it('lets no leave open metadata or what is nobody’s', async () => {
    const open = senderWith(['0.0.0.0/0', '::/0']);
    zone.set('evil.test', [[v4('169.254.169.254')]]);
    for (const host of [
      '169.254.169.254',
      '[fd00:ec2::254]',
      '0.0.0.0',
      '[64:ff9b::7f00:1]',
      'evil.test',
      'metadata',
    ]) {
      expect(await send(`http://${host}:${tripwire.port}/`, { allowPrivateNetwork: true }, open)).toEqual(BLOCKED);
    }
  });

  it('was never talked round: not one connection was made by all of the above', () => {
    expect(tripwire.connections).toBe(0);
  });

  it('lets a private address be reached where it is allowed: by the destination, or by its network', async () => {
    zone.set('inside.test', [[v4('127.0.0.1')]]);
    for (const host of ['127.0.0.1', 'inside.test']) {
      const url = `http://${host}:${receiver.port}/hook`;
      expect(await send(url, { allowPrivateNetwork: true })).toMatchObject({ kind: 'answered', statusCode: 200 });
      expect(await send(url, {}, senderWith(['127.0.0.0/8']))).toMatchObject({ kind: 'answered', statusCode: 200 });
      expect(await send(url, {}, senderWith(['10.0.0.0/8']))).toEqual(BLOCKED);
    }
  });

  it('asks the resolver once a connection, and connects to what it was told then: rebinding finds nothing', async () => {
    const allowed = senderWith(['127.0.0.0/8']);
    zone.set('rebound.test', [[v4('127.0.0.1')], [v4('169.254.169.254')]]);
    const url = `http://rebound.test:${receiver.port}/hook`;
    expect(await send(url, {}, allowed)).toMatchObject({ kind: 'answered', statusCode: 200 });
    expect(lookups).toEqual(['rebound.test']);
    // Undici hands the answer's last byte out a moment before it takes the connection as free again.
    await turnOfTheLoop();
    // Kept alive: the connection that was looked at is used again, no new address comes in.
    expect(await send(url, {}, allowed)).toMatchObject({ kind: 'answered', statusCode: 200 });
    expect(lookups).toEqual(['rebound.test']);
    // A new connection is looked at anew.
    receiver.answer = (_, response) => response.writeHead(200, { connection: 'close' }).end();
    await turnOfTheLoop();
    await send(url, {}, allowed);
    receiver.answer = 200;
    await turnOfTheLoop();
    expect(await send(url, {}, allowed)).toEqual(BLOCKED);
    expect(lookups.length).toBeGreaterThan(1);
  });

  it('never shares a connection between a destination that may go there and one that may not', async () => {
    const url = `http://127.0.0.1:${receiver.port}/hook`;
    zone.set('shared.test', [[v4('127.0.0.1')]]);
    const named = `http://shared.test:${receiver.port}/hook`;
    expect(await send(named, { allowPrivateNetwork: true })).toMatchObject({ kind: 'answered' });
    expect(await send(named)).toEqual(BLOCKED);
    expect(await send(url)).toEqual(BLOCKED);
  });

  it('looks at the address a socket has reached, too', () => {
    expect(() => new AddressGuard([]).checkConnected('127.0.0.1', false)).toThrow('is not open to deliveries');
    expect(() => new AddressGuard([]).checkConnected('169.254.169.254', true)).toThrow('is never open');
    expect(() => new AddressGuard([]).checkConnected('93.184.216.34', false)).not.toThrow();
  });

  it.each([301, 302, 303, 307, 308])('follows no %i to anywhere', async (status) => {
    const before = { wire: tripwire.connections, received: receiver.received.length };
    for (const location of [
      `http://127.0.0.1:${tripwire.port}/`,
      'http://169.254.169.254/',
      '/hook2',
      'file:///etc/passwd',
    ]) {
      receiver.answer = (_, response) => response.writeHead(status, { location }).end();
      const outcome = await send(`${receiver.url}`, { allowPrivateNetwork: true });
      expect(outcome).toMatchObject({ kind: 'answered', statusCode: status });
    }
    receiver.answer = 200;
    expect(tripwire.connections).toBe(before.wire);
    expect(receiver.received.length).toBe(before.received + 4);
  });
});

describe('a router', () => {
  it('refuses blocked hosts in its configuration, naming the key that would open them; and opens them by the network', async () => {
    const database = await createTestDatabase();
    const receiver = await Receiver.start();
    const yaml = destinationYaml('inside', receiver.url).replace(', allowPrivateNetwork: true', '');
    try {
      await expect(startRouter({ databaseUrl: database.url, yaml })).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
        problems: [
          expect.stringMatching(
            /destinations\[0\]\.url: leads into a private network.*allowPrivateNetwork: true.*HOOKYARD_ALLOWED_NETWORKS/,
          ),
        ],
      });
      const env = { HOOKYARD_ALLOWED_NETWORKS: '127.0.0.0/8' };
      const router = await startRouter({ databaseUrl: database.url, yaml, env });
      const eventId = await accepted(router, 'stripe', stripeWebhook('evt_ssrf'));
      expect(await settledDelivery(router, eventId, 'inside')).toMatchObject({ status: 'delivered' });
      await router.close();
      const metadata = destinationYaml('meta', 'http://169.254.169.254/latest');
      await expect(startRouter({ databaseUrl: database.url, yaml: metadata, env })).rejects.toMatchObject({
        problems: [expect.stringMatching(/destinations\[0\]\.url: is an address or name that deliveries never go to/)],
      });
    } finally {
      await receiver.stop();
      await database.drop();
    }
  });
});
