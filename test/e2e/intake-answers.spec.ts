import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { requestBytes, RawConnection, sendRaw, wireHeaders } from '../support/raw-http.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { rawStripeWebhook, send, stripeWebhook, STRIPE_SECRET } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(30_000);

const LIMIT = 64 * 1024;
const EXTRA_SOURCES = `  - { slug: small, type: stripe, secrets: ["${STRIPE_SECRET}"], maxBodySize: 64KiB }
  - { slug: paused, type: stripe, secrets: ["${STRIPE_SECRET}"] }
`;
const LEAVING_SOURCE = `  - { slug: leaving, type: stripe, secrets: ["${STRIPE_SECRET}"] }\n`;

describe('the answer to a webhook', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  const start = (sources: string, more = ''): Promise<TestRouter> =>
    startRouter({ databaseUrl: database.url, yaml: sources + destinationYaml('inbox', receiver.url) + more });

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    await (await start(EXTRA_SOURCES + LEAVING_SOURCE)).close();
    await database.pool.query(`UPDATE hookyard.source SET paused_at = now() WHERE slug = 'paused'`);
    router = await start(EXTRA_SOURCES);
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  const eventsNamed = async (externalId: string): Promise<Record<string, unknown>[]> =>
    (await router.api(`/events?externalId=${encodeURIComponent(externalId)}`)).data;
  const receivedOf = (id: string | undefined): number => receiver.countById.get(id ?? '') ?? 0;

  it('is 200 "accepted" with the id of an event that is on disk, and nothing else', async () => {
    const answer = await send(router.ingress('stripe'), stripeWebhook('evt_new'));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.json).toEqual({ id: expect.stringMatching(/^evt_[0-9a-f]{32}$/), status: 'accepted' });
    expect(await eventsNamed('evt_new')).toMatchObject([
      { id: answer.json?.id, source: 'stripe', type: 'invoice.paid' },
    ]);
  });

  it('is "duplicate" with the first id when the event was stored before, also after it was processed', async () => {
    const webhook = stripeWebhook('evt_again');
    const first = await send(router.ingress('stripe'), webhook);
    await until('the delivery', () => receivedOf(first.json?.id) === 1);
    await until('settled', async () => {
      const { rows } = await database.pool.query(
        `SELECT 1 FROM hookyard.delivery d JOIN hookyard.event e ON e.id = d.event_id
         WHERE e.external_id = 'evt_again' AND d.status = 'delivered'`,
      );
      return rows.length === 1;
    });
    const second = await send(router.ingress('stripe'), webhook);
    expect([second.status, second.json]).toEqual([200, { id: first.json?.id, status: 'duplicate' }]);
    const { data } = await router.api(`/events/${first.json?.id}`);
    expect(data['deliveries']).toHaveLength(1);
  });

  it('is "duplicate" for a known id with another body, which is recorded as a conflict and changes nothing', async () => {
    const original = stripeWebhook('evt_conflict');
    const altered = stripeWebhook('evt_conflict', 'invoice.paid', { data: { amount: 1_000_000 } });
    const first = await send(router.ingress('stripe'), original);
    for (let n = 0; n < 2; n += 1) {
      const second = await send(router.ingress('stripe'), altered);
      expect([second.status, second.json]).toEqual([200, { id: first.json?.id, status: 'duplicate' }]);
    }
    const { rows } = await database.pool.query<{ sha: string; bytes: Buffer }>(
      `SELECT encode(c.body_sha256, 'hex') AS sha, b.bytes FROM hookyard.event e
       JOIN hookyard.event_conflict c ON c.event_id = e.id JOIN hookyard.body b ON b.id = e.body_id
       WHERE e.external_id = 'evt_conflict'`,
    );
    expect(rows).toEqual([{ sha: createHash('sha256').update(altered.body).digest('hex'), bytes: original.body }]);
  });

  it('is "accepted" for a verified body that nobody can parse, stored as `unparsed` and told apart by its bytes', async () => {
    const webhook = rawStripeWebhook(Buffer.from('this is no JSON'));
    const first = await send(router.ingress('stripe'), webhook);
    expect([first.status, first.json?.status]).toEqual([200, 'accepted']);
    const { data } = await router.api(`/events/${first.json?.id}`);
    expect(data).toMatchObject({
      type: 'unparsed',
      externalId: expect.stringMatching(/^sha256:[0-9a-f]{64}@20/),
      deliveries: [],
    });
    const same = await send(router.ingress('stripe'), webhook);
    expect(same.json).toEqual({ id: first.json?.id, status: 'duplicate' });
    const other = await send(router.ingress('stripe'), rawStripeWebhook(Buffer.from('nor is this')));
    expect(other.json?.status).toBe('accepted');
  });

  it('is one and the same 401 for a missing, malformed, wrong, stale or future signature', async () => {
    const hours = (n: number): Date => new Date(Date.now() + n * 3_600_000);
    const good = stripeWebhook('evt_forged');
    const { 'stripe-signature': _gone, ...unsigned } = good.headers;
    const forgeries = [
      { ...good, headers: unsigned },
      { ...good, headers: { ...good.headers, 'stripe-signature': 'nonsense' } },
      stripeWebhook('evt_forged', 'invoice.paid', { secret: 'whsec_another_secret' }),
      stripeWebhook('evt_forged', 'invoice.paid', { now: hours(-1) }),
      stripeWebhook('evt_forged', 'invoice.paid', { now: hours(1) }),
      { ...good, body: Buffer.concat([good.body, Buffer.from(' ')]) },
    ];
    const answers = await Promise.all(forgeries.map((forgery) => send(router.ingress('stripe'), forgery)));
    // The id names the request, and nothing of it.
    const seen = answers.map(({ status, text, headers: { date: _date, 'hookyard-request-id': _id, ...headers } }) =>
      JSON.stringify({ status, text, headers }),
    );
    expect(new Set(seen).size).toBe(1);
    expect(answers[0]).toMatchObject({
      status: 401,
      json: { status: 'error', data: null, errors: [{ code: 'SIGNATURE_REJECTED', message: expect.any(String) }] },
    });
    expect(await eventsNamed('evt_forged')).toEqual([]);
  });

  it('is 404 for an unknown source, without repeating its name', async () => {
    const answer = await send(router.ingress('no-such-source'), stripeWebhook('evt_nowhere'));
    expect([answer.status, answer.json?.errors?.[0]?.code]).toEqual([404, 'UNKNOWN_SOURCE']);
    expect(answer.text).not.toContain('no-such');
    expect(await eventsNamed('evt_nowhere')).toEqual([]);
  });

  it.each(['paused', 'leaving'])('is 200 for a source that is held (%s): stored, and nothing is sent', async (slug) => {
    const answer = await send(router.ingress(slug), stripeWebhook(`evt_held_${slug}`));
    expect([answer.status, answer.json?.status]).toEqual([200, 'accepted']);
    const { data } = await router.api(`/events/${answer.json?.id}`);
    expect(data['deliveries']).toMatchObject([{ status: 'held', heldReason: 'source paused', attempts: 0 }]);
    // What came later has been sent: the held one was not merely slow.
    const later = await send(router.ingress('stripe'), stripeWebhook(`evt_after_${slug}`));
    await until('a later event', () => receivedOf(later.json?.id) === 1);
    expect(receivedOf(answer.json?.id)).toBe(0);
  });

  it('is 405 with Allow for every method but POST, whether or not it has a body', async () => {
    const webhook = stripeWebhook('evt_method');
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) {
      const bodyless = method === 'HEAD';
      const bytes = requestBytes('/webhooks/stripe', wireHeaders(webhook), webhook.body, method);
      const answer = await sendRaw(router.url, bytes, { bodyless });
      expect([method, answer.status, answer.headers['allow']]).toEqual([method, 405, 'POST']);
      if (!bodyless) expect(answer.code).toBe('METHOD_NOT_ALLOWED');
    }
    expect(await eventsNamed('evt_method')).toEqual([]);
  });

  describe('over a size limit', () => {
    const signedOf = (length: number) => rawStripeWebhook(Buffer.alloc(length, 'x'));

    it('takes a body of exactly the limit', async () => {
      const answer = await send(router.ingress('small'), signedOf(LIMIT));
      expect([answer.status, answer.json?.status]).toEqual([200, 'accepted']);
    });

    it('is 413 by the announced length, before a byte of the body was sent', async () => {
      const webhook = signedOf(LIMIT + 1);
      const answer = await sendRaw(router.url, requestBytes('/webhooks/small', wireHeaders(webhook)));
      expect([answer.status, answer.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    });

    it('is 413 for a chunked body as soon as it crosses the limit, and then stops listening', async () => {
      const connection = await RawConnection.open(router.url);
      connection.write(requestBytes('/webhooks/small', [['Transfer-Encoding', 'chunked']]));
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
      for (let n = 0; n < 5; n += 1) connection.write(chunk);
      const answer = await connection.answer();
      expect([answer.status, answer.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
      // The body never ends; the connection does.
      await connection.ended(5_000);
      connection.close();
    });
  });

  it('is 415 for a compressed body', async () => {
    const webhook = stripeWebhook('evt_gzip');
    for (const encoding of ['gzip', 'br', 'deflate', 'GZIP', 'gzip, identity']) {
      const answer = await send(router.ingress('stripe'), {
        ...webhook,
        headers: { ...webhook.headers, 'content-encoding': encoding },
      });
      expect([encoding, answer.status, answer.json?.errors?.[0]?.code]).toEqual([
        encoding,
        415,
        'UNSUPPORTED_ENCODING',
      ]);
    }
    const plain = await send(router.ingress('stripe'), {
      ...webhook,
      headers: { ...webhook.headers, 'content-encoding': 'identity' },
    });
    expect(plain.json?.status).toBe('accepted');
  });

  it('sends what a source held when the source is declared again', async () => {
    const held = await send(router.ingress('leaving'), stripeWebhook('evt_comes_back'));
    await router.close();
    // The first file again would be an older one, and not applied; that it is meant, its revision says.
    router = await start(EXTRA_SOURCES + LEAVING_SOURCE, 'revision: 2\n');
    await until('the held delivery', () => receivedOf(held.json?.id) === 1);
  });
});
