import { createHash, createPublicKey, verify as cryptoVerify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { p256Keys as sendgridKeys } from '../../src/sources/schemes/key-pairs.js';
import { MAX_EVENTS_PER_BODY } from '../../src/sources/split-body.js';
import { Receiver } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { exampleSecret, send, webhookOf, type Answer } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const SOURCES = `version: 1
sources:
  - { slug: sendgrid, type: sendgrid, secrets: ["${exampleSecret('sendgrid')}"] }
  - { slug: adyen, type: adyen, secrets: ["${exampleSecret('adyen')}"] }
`;
/** A key pair of ours: the receiver has its public half. */
const OWN_KEY = sendgridKeys.example('ours').privateKey;
const yaml = (cloud: string, raw: string, resigned: string): string => `destinations:
  - { name: cloud, url: "${cloud}", allowPrivateNetwork: true }
  - { name: raw, url: "${raw}", allowPrivateNetwork: true, payload: raw }
  - { name: resigned, url: "${resigned}", allowPrivateNetwork: true, payload: raw, resignWith: "${OWN_KEY}" }
routes:
  - { sourceType: sendgrid, to: cloud }
  - { sourceType: sendgrid, to: raw }
  - { sourceType: adyen, to: raw }
  - { sourceType: sendgrid, to: resigned }
`;

interface StoredPart {
  external_id: string;
  type: string;
  bytes: Buffer;
  body_id: string;
  body_length: number;
  sha: string;
}

describe('a body of several events', () => {
  let database: TestDatabase;
  let cloud: Receiver;
  let raw: Receiver;
  let resigned: Receiver;
  let router: TestRouter;
  let other: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    [cloud, raw, resigned] = [await Receiver.start(), await Receiver.start(), await Receiver.start()];
    const settings = { databaseUrl: database.url, sourcesYaml: SOURCES, yaml: yaml(cloud.url, raw.url, resigned.url) };
    [router, other] = [await startRouter(settings), await startRouter(settings)];
  });
  afterAll(async () => {
    await Promise.all([router.close(), other.close()]);
    await Promise.all([cloud.stop(), raw.stop(), resigned.stop()]);
    await database.drop();
  });

  /** As senders write it: any white space, large numbers, text that looks like structure. */
  const item = (id: string): string =>
    `{ "sg_event_id":"${id}", "event":"delivered","big":704912205188288575,"text":"}],[{\\"\\u00e9" }`;
  const list = (...ids: string[]): string => `[ ${ids.map(item).join(' ,\r\n')}\n]\r\n`;
  const post = (body: string, to = router): Promise<Answer> =>
    send(to.ingress('sendgrid'), webhookOf('sendgrid', body));
  const stored = async (prefix: string): Promise<StoredPart[]> => {
    const { rows } = await database.pool.query<StoredPart>(
      `SELECT e.external_id, e.type, e.body_id, e.body_length, encode(e.body_sha256, 'hex') AS sha,
              substring(b.bytes FROM e.body_offset + 1 FOR e.body_length) AS bytes
       FROM hookyard.event e JOIN hookyard.body b ON b.day = e.body_day AND b.id = e.body_id
       WHERE starts_with(e.external_id, $1) ORDER BY e.external_id`,
      [prefix],
    );
    return rows;
  };
  const idsOf = async (prefix: string): Promise<string[]> => (await stored(prefix)).map((row) => row.external_id);
  const counted = (accepted: number, duplicates: number) => ({ status: 'accepted', accepted, duplicates });

  it('is that many events in one body row, each with its own id and exactly its bytes', async () => {
    const answer = await post(list('own-1', 'own-2', 'own-3'));
    expect([answer.status, answer.json]).toEqual([200, counted(3, 0)]);
    const rows = await stored('own-');
    expect(rows.map(({ external_id: id, type, bytes }) => [id, type, bytes.toString()])).toEqual(
      ['own-1', 'own-2', 'own-3'].map((id) => [id, 'delivered', item(id)]),
    );
    expect(new Set(rows.map(({ body_id: id }) => id)).size).toBe(1);
    for (const { sha, bytes } of rows) expect(sha).toBe(createHash('sha256').update(bytes).digest('hex'));
    const { rows: bodies } = await database.pool.query<{ bytes: Buffer }>(
      'SELECT bytes FROM hookyard.body WHERE id = $1',
      [rows[0]?.body_id],
    );
    expect(bodies.map(({ bytes }) => bytes.toString())).toEqual([list('own-1', 'own-2', 'own-3')]);
  });

  it('adds nothing when it comes again', async () => {
    await post(list('again-1', 'again-2'));
    expect((await post(list('again-1', 'again-2'))).json).toEqual(counted(0, 2));
    expect(await idsOf('again-')).toEqual(['again-1', 'again-2']);
    const { rows } = await database.pool.query(
      `SELECT count(*)::int AS n FROM hookyard.body WHERE position('again-1' IN convert_from(bytes, 'UTF8')) > 0`,
    );
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('adds only what is new, with its bytes, also when the first event is not', async () => {
    await post(list('partly-1', 'partly-2'));
    expect((await post(list('partly-1', 'partly-3', 'partly-2', 'partly-4'))).json).toEqual(counted(2, 2));
    const rows = await stored('partly-');
    expect(rows.map(({ external_id: id, bytes }) => [id, bytes.toString()])).toEqual(
      [1, 2, 3, 4].map((n) => [`partly-${n}`, item(`partly-${n}`)]),
    );
    expect(new Set(rows.map(({ body_id: id }) => id)).size).toBe(2);
  });

  it('folds what it repeats itself', async () => {
    expect((await post(list('fold-1', 'fold-1', 'fold-2', 'fold-1'))).json).toEqual(counted(2, 2));
    expect(await idsOf('fold-')).toEqual(['fold-1', 'fold-2']);
  });

  it('is stored once however many times it comes at once, to however many routers, in any order', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `once-${String(n).padStart(2, '0')}`);
    const bodies = Array.from({ length: 8 }, (_, n) => list(...(n % 2 ? ids : ids.toReversed())));
    const answers = await Promise.all(bodies.map((body, n) => post(body, n % 3 ? router : other)));
    const sums = answers.map(({ json }) => json as unknown as { accepted: number; duplicates: number });
    expect(sums.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(20);
    expect(sums.every(({ accepted, duplicates }) => accepted + duplicates === 20)).toBe(true);
    expect(await idsOf('once-')).toEqual(ids);
  });

  it('is answered like any other when its list holds one event, or none, or it is no list', async () => {
    for (const [body, type] of [
      [list('single-1'), 'delivered'],
      ['[]', 'unparsed'],
      [item('single-2'), 'delivered'],
    ] as const) {
      const answer = await post(body);
      expect(answer.json).toEqual({ id: expect.stringMatching(/^evt_/), status: 'accepted' });
      expect((await router.api(`/events/${answer.json?.id}`)).data).toMatchObject({ type });
      expect((await post(body)).json).toEqual({ id: answer.json?.id, status: 'duplicate' });
    }
  });

  it('is delivered event by event: as data alone, and raw as its sender would have sent it alone', async () => {
    const ids = ['sent-1', 'sent-2', 'sent-3'];
    await post(list(...ids));
    const of = (receiver: Receiver): string[] =>
      receiver.received.map(({ body }) => body.toString()).filter((text) => text.includes('"sent-'));
    await until('six deliveries', () => of(cloud).length === 3 && of(raw).length === 3);
    for (const id of ids) {
      expect(of(cloud).filter((text) => text.endsWith(`"data":${item(id)}}`))).toHaveLength(1);
      expect(of(raw)).toContain(`[ ${item(id)}\n]\r\n`);
    }
    const headers = raw.received.find(({ body }) => body.includes('"sent-'))?.headers ?? {};
    // It was over all three; over one it would only be found wrong.
    expect(headers).not.toHaveProperty('x-twilio-email-event-webhook-signature');
  });

  it('is signed again event by event, as a receiver of the sender expects it', async () => {
    await post(list('resigned-1', 'resigned-2'));
    const own = () => resigned.received.filter(({ body }) => body.includes('"resigned-'));
    await until('both', () => own().length === 2);
    for (const { headers, body } of own()) {
      const timestamp = String(headers['x-twilio-email-event-webhook-timestamp']);
      const signature = Buffer.from(String(headers['x-twilio-email-event-webhook-signature']), 'base64');
      const key = createPublicKey({
        key: Buffer.from(sendgridKeys.example('ours').publicKey, 'base64'),
        format: 'der',
        type: 'spki',
      });
      expect(cryptoVerify('sha256', Buffer.concat([Buffer.from(timestamp), body]), key, signature)).toBe(true);
      expect(JSON.parse(body.toString())).toEqual([expect.objectContaining({ event: 'delivered' })]);
    }
  });

  it('goes on raw as it came, with its signature, when it holds one event', async () => {
    const webhook = webhookOf('sendgrid', list('alone-1'));
    await send(router.ingress('sendgrid'), webhook);
    const got = await until('the delivery', () => raw.received.find(({ body }) => body.includes('"alone-1"')));
    expect(got.body.equals(webhook.body)).toBe(true);
    const name = 'x-twilio-email-event-webhook-signature';
    expect(got.headers[name]).toBe(webhook.headers[name]);
  });

  it('keeps what surrounds the list, and each item of Adyen its own signature', async () => {
    const one = (psp: string): object => ({
      NotificationRequestItem: {
        additionalData: { hmacSignature: '' },
        amount: { value: 1, currency: 'EUR' },
        eventCode: 'CAPTURE',
        merchantAccountCode: 'M',
        pspReference: psp,
        success: 'true',
      },
    });
    const webhook = webhookOf('adyen', JSON.stringify({ live: 'true', notificationItems: [one('A1'), one('A2')] }));
    expect((await send(router.ingress('adyen'), webhook)).text).toBe('[accepted]');
    const { notificationItems } = JSON.parse(webhook.body.toString()) as { notificationItems: unknown[] };
    const texts = () => raw.received.map(({ body }) => body.toString());
    for (const part of notificationItems) {
      const alone = JSON.stringify({ live: 'true', notificationItems: [part] });
      await until('the item alone', () => texts().includes(alone));
      expect((await send(router.ingress('adyen'), { ...webhook, body: Buffer.from(alone) })).status).toBe(200);
    }
    expect((await router.api('/events?source=adyen')).data).toMatchObject([{ livemode: true }, { livemode: true }]);
  });

  it('is refused whole when one item of it is forged', async () => {
    const webhook = webhookOf('sendgrid', list('forged-1', 'forged-2'));
    const body = Buffer.from(webhook.body.toString().replace('forged-2', 'forged-3'));
    expect((await send(router.ingress('sendgrid'), { ...webhook, body })).status).toBe(401);
    expect(await idsOf('forged-')).toEqual([]);
  });

  it('is divided up to a bound, in one commit, and beyond it stays one event that is stored and delivered', async () => {
    const many = (count: number, name: string): string =>
      `[${Array.from({ length: count }, (_, n) => `{"sg_event_id":"${name}-${n}","event":"open"}`).join(',')}]`;
    const most = await post(many(MAX_EVENTS_PER_BODY, 'most'));
    // Its commit may take longer than a sender waits; the same body again then finds it.
    if (most.status !== 200) expect(most.status).toBe(503);
    await until('all of them', async () => (await idsOf('most-')).length === MAX_EVENTS_PER_BODY, 30_000);
    const answer = await post(many(MAX_EVENTS_PER_BODY + 1, 'over'));
    expect(answer.json).toMatchObject({ status: 'accepted', id: expect.any(String) });
    const { data } = await router.api(`/events/${answer.json?.id}`);
    expect(data).toMatchObject({ type: 'open', externalId: expect.stringMatching(/^sha256:[0-9a-f]{64}@/) });
    expect(data['deliveries']).toHaveLength(3);
  });
});
