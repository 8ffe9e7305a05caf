import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { makeCertificate } from '../support/certificates.js';
import { accepted, settledDelivery, type SeenDelivery } from '../support/deliveries.js';
import { EgressProxy } from '../support/egress-proxy.js';
import { Receiver } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { TlsReceiver } from '../support/tls-receiver.js';

const authority = makeCertificate('House CA', { isAuthority: true });
const server = makeCertificate('server', { issuer: authority, hosts: ['billing.test'] });
const proxyCertificate = makeCertificate('proxy', { issuer: authority, hosts: ['127.0.0.1'] });
const CREDENTIALS = 'hookyard:p@ss:word%';

describe('a destination behind an egress proxy', () => {
  let database: TestDatabase;
  let router: TestRouter;
  let receiver: Receiver;
  let tlsReceiver: TlsReceiver;
  let proxy: EgressProxy;
  let tlsProxy: EgressProxy;
  let count = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    tlsReceiver = await TlsReceiver.start({ cert: server.cert, key: server.key });
    proxy = await EgressProxy.start();
    tlsProxy = await EgressProxy.start(proxyCertificate);
    for (const each of [proxy, tlsProxy]) {
      // Names that nobody but the proxy can resolve.
      each.routes.set('plain.test:80', receiver.port).set('billing.test:443', tlsReceiver.port);
    }
    const [username, ...rest] = CREDENTIALS.split(':');
    const login = { username, password: rest.join(':') };
    const to = (
      name: string,
      url: string,
      via: object | string,
      extra: object = {},
    ): Record<string, unknown> & { name: string } => ({
      name,
      url,
      proxy: via,
      retry: { schedule: [] },
      timeout: '2s',
      breaker: { failures: 1000 },
      ...extra,
    });
    const tls = { ca: authority.cert };
    const destinations = [
      to('plain', 'http://plain.test/hook', { url: proxy.url, ...login }),
      to('secure', 'https://billing.test/hook', { url: proxy.url, ...login }, { tls }),
      to('escaped', 'http://plain.test/hook', proxy.url.replace('//', '//hookyard:p%40ss%3Aword%25@'), {
        allowPrivateNetwork: true,
      }),
      to('over-tls', 'https://billing.test/hook', { url: tlsProxy.url, ...login, tls }, { tls }),
      to('proxy-unproven', 'https://billing.test/hook', { url: tlsProxy.url, ...login }, { tls }),
      to('target-unproven', 'https://billing.test/hook', { url: proxy.url, ...login }),
      to('no-login', 'http://plain.test/hook', proxy.url),
      // A user of its own, and so connections of its own: a tunnel that stands already is asked for no second time.
      ...[400, 410, 503].map((status) =>
        to(`refused${status}`, 'http://plain.test/', { url: proxy.url, username: `u${status}` }),
      ),
      to('silent', 'http://plain.test/', { url: proxy.url, username: 'silent' }, { limits: { concurrency: 1 } }),
      to('nowhere', 'http://plain.test/hook', 'http://127.0.0.1:1'),
      to(
        'opened',
        `http://127.0.0.1:${receiver.port}/hook`,
        { url: proxy.url, ...login },
        { allowPrivateNetwork: true },
      ),
    ];
    const routes = destinations.map(({ name }) => ({ source: 'stripe', types: [name], to: name }));
    router = await startRouter({
      databaseUrl: database.url,
      yaml: `destinations: ${JSON.stringify(destinations)}\nroutes: ${JSON.stringify(routes)}\n`,
    });
  });
  afterAll(async () => {
    await router.close();
    for (const each of [receiver, tlsReceiver, proxy, tlsProxy]) await each.stop();
    await database.drop();
  });
  beforeEach(() => {
    for (const each of [proxy, tlsProxy]) {
      each.asked.length = 0;
      each.credentials = CREDENTIALS;
      each.refuseWith = undefined;
      each.isSilent = false;
    }
  });
  const run = async (name: string): Promise<SeenDelivery> => {
    count += 1;
    return settledDelivery(router, await accepted(router, 'stripe', stripeWebhook(`evt_proxy_${count}`, name)), name);
  };

  it.each([
    ['plain', 'plain.test:80'],
    ['secure', 'billing.test:443'],
    ['escaped', 'plain.test:80'],
    ['over-tls', 'billing.test:443'],
  ])('is reached through a tunnel, by its name: %s', async (name, asked) => {
    expect(await run(name)).toMatchObject({ status: 'delivered', attempts: 1 });
    expect([...proxy.asked, ...tlsProxy.asked]).toEqual([asked]);
    expect(proxy.forwarded + tlsProxy.forwarded).toBe(0);
  });

  it('never sees the proxy’s credentials', () => {
    for (const { headers } of [...receiver.received, ...tlsReceiver.received]) {
      expect(headers).not.toHaveProperty('proxy-authorization');
      expect(JSON.stringify(headers)).not.toContain(Buffer.from(CREDENTIALS).toString('base64'));
    }
    expect(receiver.received.length + tlsReceiver.received.length).toBeGreaterThanOrEqual(4);
  });

  it.each([
    ['wants credentials that are not there', 'no-login', undefined],
    ['is away', 'nowhere', undefined],
    ['is not who it should be', 'proxy-unproven', undefined],
    ['refuses the tunnel with 400', 'refused400', 400],
    ['refuses the tunnel with 410', 'refused410', 410],
    ['refuses the tunnel with 503', 'refused503', 503],
  ])('has failed, and was not refused itself, when the proxy %s', async (_what, name, status) => {
    proxy.refuseWith = status;
    if (status !== undefined) proxy.credentials = undefined;
    const { deadReason, lastErrorClass, attemptList } = await run(name);
    expect({ deadReason, lastErrorClass }).toEqual({ deadReason: 'attempts_exhausted', lastErrorClass: 'PROXY' });
    expect(attemptList[0]?.statusCode).toBeNull();
  });

  it('times out when the proxy says nothing, and goes on once it speaks again', async () => {
    proxy.isSilent = true;
    proxy.credentials = undefined;
    expect(await run('silent')).toMatchObject({ status: 'dead', lastErrorClass: 'TIMEOUT' });
    proxy.isSilent = false;
    // A tunnel that was asked for then is given up within seconds; one slot is all that there is.
    await until('a delivery goes through', async () => (await run('silent')).status === 'delivered');
  }, 30_000);

  it('must prove itself through the tunnel too', async () => {
    expect(await run('target-unproven')).toMatchObject({ status: 'dead', lastErrorClass: 'TLS' });
  });

  it('may be a private address only where that is allowed', async () => {
    expect(await run('opened')).toMatchObject({ status: 'delivered' });
    const url = `http://127.0.0.1:${receiver.port}/hook`;
    const closed = { name: 'closed', url, proxy: proxy.url };
    await expect(
      startRouter({ databaseUrl: database.url, yaml: `destinations: ${JSON.stringify([closed])}\n` }),
    ).rejects.toMatchObject({
      problems: [expect.stringMatching(/destinations\[0\]\.url: leads into a private network.*allowPrivateNetwork/)],
    });
  });
});
