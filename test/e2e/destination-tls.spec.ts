import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { destinationSchema } from '../../src/config/destination-schema.js';
import { pathText, plainWords, problemsOf } from '../../src/config/problems-of.js';
import { makeCertificate } from '../support/certificates.js';
import { accepted, settledDelivery, type SeenDelivery } from '../support/deliveries.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { TlsReceiver } from '../support/tls-receiver.js';

const authority = makeCertificate('House CA', { isAuthority: true });
const stranger = makeCertificate('Stranger CA', { isAuthority: true });
const server = makeCertificate('server', { issuer: authority, hosts: ['127.0.0.1', 'billing.test'] });
const misnamed = makeCertificate('misnamed', { issuer: authority, hosts: ['other.test'] });
const expired = makeCertificate('expired', { issuer: authority, hosts: ['127.0.0.1'], endsInDays: -1 });
const client = makeCertificate('hookyard-client', { issuer: authority });
const strangersClient = makeCertificate('somebody', { issuer: stranger });
const { cert, key } = client;

describe('a destination with TLS of its own', () => {
  let database: TestDatabase;
  let router: TestRouter;
  const receivers: Record<string, TlsReceiver> = {};
  let count = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    receivers['house'] = await TlsReceiver.start({ cert: server.cert, key: server.key });
    receivers['misnamed'] = await TlsReceiver.start({ cert: misnamed.cert, key: misnamed.key });
    receivers['expired'] = await TlsReceiver.start({ cert: expired.cert, key: expired.key });
    receivers['old'] = await TlsReceiver.start({
      cert: server.cert,
      key: server.key,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    receivers['mutual'] = await TlsReceiver.start({
      cert: server.cert,
      key: server.key,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const to = (name: string, at: string, tls?: object): object => ({
      name,
      url: `https://127.0.0.1:${receivers[at]?.port}/hook`,
      allowPrivateNetwork: true,
      retry: { schedule: [] },
      breaker: { failures: 1000 },
      ...(tls ? { tls } : {}),
    });
    const ca = authority.cert;
    const destinations = [
      to('trusted', 'house', { ca }),
      to('untrusted', 'house'),
      to('wrong-ca', 'house', { ca: stranger.cert }),
      to('two-cas', 'house', { ca: stranger.cert + authority.cert }),
      to('named', 'house', { ca, serverName: 'billing.test' }),
      to('misnamed', 'misnamed', { ca }),
      to('renamed', 'misnamed', { ca, serverName: 'other.test' }),
      to('expired', 'expired', { ca }),
      to('old', 'old', { ca }),
      to('mutual', 'mutual', { ca, cert, key }),
      to('mutual-without', 'mutual', { ca }),
      to('mutual-stranger', 'mutual', { ca, cert: strangersClient.cert, key: strangersClient.key }),
    ] as { name: string }[];
    const routes = destinations.map(({ name }) => ({ source: 'stripe', types: [name], to: name }));
    router = await startRouter({
      databaseUrl: database.url,
      yaml: `destinations: ${JSON.stringify(destinations)}\nroutes: ${JSON.stringify(routes)}\n`,
    });
  });
  afterAll(async () => {
    await router.close();
    for (const receiver of Object.values(receivers)) await receiver.stop();
    await database.drop();
  });
  const run = async (name: string): Promise<SeenDelivery> => {
    count += 1;
    return settledDelivery(router, await accepted(router, 'stripe', stripeWebhook(`evt_tls_${count}`, name)), name);
  };

  it.each(['trusted', 'two-cas', 'named', 'renamed', 'mutual'])('is delivered to as its keys say: %s', async (name) => {
    expect(await run(name)).toMatchObject({ status: 'delivered', attempts: 1 });
  });

  it.each([
    ['by no public authority', 'untrusted'],
    ['by another authority than its own', 'wrong-ca'],
    ['for another host', 'misnamed'],
    ['for a time that is over', 'expired'],
    ['over TLS 1.1', 'old'],
  ])('gets nothing from us when it proves itself %s', async (_how, name) => {
    expect(await run(name)).toMatchObject({ status: 'dead', lastErrorClass: 'TLS' });
  });

  it('that asks for a client certificate sees ours, and takes nothing without it or with a stranger’s', async () => {
    const { received } = receivers['mutual'] as TlsReceiver;
    received.length = 0;
    await run('mutual');
    for (const name of ['mutual-without', 'mutual-stranger']) {
      expect(await run(name)).toMatchObject({ status: 'dead', attempts: 1 });
    }
    expect(received.map((got) => got.client)).toEqual(['hookyard-client']);
  });

  it('asks for the server name that it was given', () => {
    expect((receivers['house'] as TlsReceiver).names).toContain('billing.test');
  });

  it('has its key sealed: it stands readable in no table', async () => {
    const secret = key.split('\n')[1] as string;
    const { rows } = await database.pool.query<{ all: string }>(
      `SELECT string_agg(d::text || encode(d.secrets_sealed, 'escape'), '') AS all FROM hookyard.destination d`,
    );
    expect(rows[0]?.all).toContain('mutual');
    expect(rows[0]?.all).not.toContain(secret);
  });
});

describe('tls in the configuration', () => {
  const problems = (tls: unknown, url = 'https://billing.test'): string[] => {
    const parsed = destinationSchema.safeParse({ name: 'a', url, tls }, { error: plainWords });
    return parsed.success ? [] : problemsOf(parsed.error).map(({ path, message }) => `${pathText(path)}: ${message}`);
  };
  const encrypted = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' },
  }).privateKey;

  it('takes PEM texts', () => {
    expect(problems({ ca: authority.cert, cert: cert + authority.cert, key, serverName: 'Billing.test' })).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['something that is no certificate', { ca: 'x' }, 'tls.ca: holds no PEM certificate'],
    ['a key in its place', { ca: key }, 'tls.ca: holds no PEM certificate'],
    ['a damaged certificate', { ca: cert.replace(/\n.{20}/, '\n') }, 'tls.ca: holds a certificate that cannot be read'],
    ['a certificate without its key', { cert }, 'tls: needs cert and key together'],
    ['a key without its certificate', { key }, 'tls: needs cert and key together'],
    ['another key', { cert, key: server.key }, 'tls.key: does not belong to the first certificate'],
    ['a chain in the wrong order', { cert: authority.cert + cert, key }, 'tls.key: does not belong to the first'],
    ['a damaged key', { cert, key: key.replace(/\n.{20}/, '\n') }, 'tls.key: is a private key that cannot be read'],
    ['no key at all', { cert, key: 'x' }, 'tls.key: holds no PEM private key'],
    ['an encrypted key', { cert, key: encrypted }, 'tls.key: is encrypted; write its passphrase'],
    ['a wrong passphrase', { cert, key: encrypted, passphrase: 'x' }, 'tls.key: cannot be read with this passphrase'],
    ['a passphrase alone', { passphrase: 'x' }, 'tls.passphrase: is of no use without key'],
    ['an address as a name', { serverName: '10.0.0.1' }, 'tls.serverName: must be a host name'],
    ['turning verification off', { rejectUnauthorized: false }, 'tls.rejectUnauthorized: is not a key here'],
    ['no block', 'x', 'tls: must be a block of keys, not text'],
  ])('refuses %s, naming the key and no value', (_what, tls, message) => {
    const found = problems(tls);
    expect(found).toEqual([expect.stringContaining(message)]);
    expect(found[0]).not.toContain('BEGIN CERT'.repeat(2));
    expect(found[0]).not.toContain('sesame');
  });

  it('refuses tls with an http:// URL', () => {
    expect(problems({ ca: authority.cert }, 'http://billing.test')).toEqual([
      expect.stringContaining('tls: is of no use with an http:// URL'),
    ]);
  });
});
