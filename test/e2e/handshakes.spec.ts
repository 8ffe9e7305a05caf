import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { startRouter, type TestRouter } from '../support/router.js';
import { exampleSecret, send, webhookOf, type Answer } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(30_000);

const TOKEN = 'a-verify-token';
const TWILIO_URL = 'https://hooks.example.com/webhooks/twilio';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const TYPES = ['slack', 'discord', 'adyen', 'github', 'linear', 'stripe', 'telegram', 'mailgun'];
const SOURCES = `version: 1
sources:
${TYPES.map((type) => `  - { slug: ${type}, type: ${type}, secrets: ["${exampleSecret(type)}"] }`).join('\n')}
  - { slug: meta, type: meta, secrets: ["${exampleSecret('meta')}"], options: { verifyToken: ${TOKEN} } }
  - { slug: meta-silent, type: meta, secrets: ["${exampleSecret('meta')}"] }
  - { slug: twilio, type: twilio, secrets: ["${exampleSecret('twilio')}"], options: { url: "${TWILIO_URL}" } }
`;

describe('what a sender asks or wants to hear', () => {
  let database: TestDatabase;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({ databaseUrl: database.url, sourcesYaml: SOURCES });
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  const storedOf = async (source: string): Promise<number> =>
    (await router.api(`/events?source=${source}`)).data.length;
  const ask = async (target: string, method: 'GET' | 'HEAD' | 'PUT' = 'GET'): Promise<Answer> => {
    const response = await request(router.url + target, { method });
    const { statusCode: status, headers } = response;
    return { status, headers, text: await response.body.text(), json: undefined };
  };
  const subscribe = (changes: Record<string, string> = {}, slug = 'meta'): string =>
    `/webhooks/${slug}?${new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.challenge': '1158201444',
      'hub.verify_token': TOKEN,
      ...changes,
    }).toString()}`;

  describe('with a GET (Meta)', () => {
    it('gets its challenge back as plain text, for the token, and nothing is stored', async () => {
      const answer = await ask(subscribe());
      expect([answer.status, answer.text]).toEqual([200, '1158201444']);
      expect(answer.headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'x-content-type-options': 'nosniff',
      });
      expect(await storedOf('meta')).toBe(0);
    });

    it.each([
      ['another token', subscribe({ 'hub.verify_token': 'another-token' })],
      ['an empty token', subscribe({ 'hub.verify_token': '' })],
      ['another mode', subscribe({ 'hub.mode': 'unsubscribe' })],
      ['no challenge', subscribe({ 'hub.challenge': '' })],
      ['a challenge that is a page', subscribe({ 'hub.challenge': `\n<script>${'x'.repeat(600)}` })],
      ['two tokens', `${subscribe()}&hub.verify_token=another`],
      ['a nested name', subscribe().replaceAll('hub.', 'hub%5B') + '%5D'],
      ['nothing', '/webhooks/meta'],
    ])('is refused with %s, and told nothing', async (_case, target) => {
      const answer = await ask(target);
      expect(answer.status).toBe(401);
      expect(answer.text).not.toContain('script');
      expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ code: 'SIGNATURE_REJECTED' }] });
    });

    it('is 405 for what is neither GET nor POST, and for GET where the source has no handshake', async () => {
      for (const [answer, allow] of [
        [await ask(subscribe(), 'PUT'), 'GET, POST'],
        [await ask(subscribe(), 'HEAD'), 'GET, POST'],
        [await ask(subscribe({}, 'meta-silent')), 'POST'],
        [await ask('/webhooks/stripe'), 'POST'],
      ] as const) {
        expect([answer.status, answer.headers['allow']]).toEqual([405, allow]);
      }
    });

    it('keeps only a hash of the token', async () => {
      const { rows } = await database.pool.query<{ settings: string }>(
        `SELECT settings::text FROM hookyard.source WHERE slug = 'meta'`,
      );
      expect(rows[0]?.settings).toContain('sha256:');
      expect(rows[0]?.settings).not.toContain(TOKEN);
    });
  });

  describe('with a POST', () => {
    const challenge = { type: 'url_verification', token: 'x', challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd' };

    it('gets Slack its challenge, when it is signed, and nothing is stored', async () => {
      const webhook = webhookOf('slack', JSON.stringify(challenge));
      const answer = await send(router.ingress('slack'), webhook);
      expect([answer.status, answer.text]).toEqual([200, challenge.challenge]);
      expect(answer.headers['content-type']).toMatch(/^text\/plain/);
      const { 'x-slack-signature': _gone, ...unsigned } = webhook.headers;
      expect((await send(router.ingress('slack'), { ...webhook, headers: unsigned })).status).toBe(401);
      const long = webhookOf('slack', JSON.stringify({ ...challenge, challenge: 'x'.repeat(100_000) }));
      const stored = await send(router.ingress('slack'), long);
      // Not echoed; and a verified request that is no handshake is an event, never lost.
      expect(stored.json).toEqual({ id: expect.any(String), status: 'accepted' });
      expect(await storedOf('slack')).toBe(1);
    });

    it('answers an unsigned ssl_check of Slack with an empty 200 and takes nothing that it smuggles', async () => {
      const smuggled = `ssl_check=1&payload=${encodeURIComponent(JSON.stringify({ event_id: 'Ev1', type: 'x' }))}`;
      const before = await storedOf('slack');
      for (const body of ['ssl_check=1&token=x', smuggled]) {
        const answer = await send(router.ingress('slack'), { headers: FORM, body: Buffer.from(body) });
        expect([answer.status, answer.text]).toEqual([200, '']);
      }
      for (const body of ['ssl_check=0', 'a=ssl_check%3D1', '{"ssl_check":"1"}', 'ssl_check=1&ssl_check=1']) {
        const answer = await send(router.ingress('slack'), { headers: FORM, body: Buffer.from(body) });
        expect([body, answer.status]).toEqual([body, 401]);
      }
      const half = { ...FORM, 'x-slack-signature': 'v0=00' };
      const answer = await send(router.ingress('slack'), { headers: half, body: Buffer.from('ssl_check=1') });
      expect(answer.status).toBe(401);
      expect(await storedOf('slack')).toBe(before);
    });

    it('answers a PING of Discord with 204, and its forged one with 401', async () => {
      const ping = webhookOf('discord', '{"version":1,"application_id":"1","type":0}');
      const answer = await send(router.ingress('discord'), ping);
      expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([204, '', undefined]);
      const signature = ping.headers['x-signature-ed25519'] ?? '';
      const forged = {
        ...ping.headers,
        'x-signature-ed25519': signature.replace(/^./, (c) => (c === '0' ? '1' : '0')),
      };
      expect((await send(router.ingress('discord'), { ...ping, headers: forged })).status).toBe(401);
      expect(await storedOf('discord')).toBe(0);
    });
  });

  describe('hears what its type wants', () => {
    const adyenBody = JSON.stringify({
      live: 'false',
      notificationItems: [
        {
          NotificationRequestItem: {
            additionalData: { hmacSignature: '' },
            amount: { value: 1, currency: 'EUR' },
            eventCode: 'AUTHORISATION',
            merchantAccountCode: 'M',
            pspReference: 'P1',
            success: 'true',
          },
        },
      ],
    });
    const discordEvent = { application_id: '1', type: 1, event: { type: 'X', timestamp: '2026-11-02T11:00:00Z' } };
    it.each([
      ['adyen', webhookOf('adyen', adyenBody), 200, '[accepted]', 'text/plain; charset=utf-8'],
      [
        'twilio',
        webhookOf('twilio', 'MessageSid=SM1&MessageStatus=sent', FORM, TWILIO_URL),
        200,
        '<Response/>',
        'text/xml; charset=utf-8',
      ],
      ['discord', webhookOf('discord', JSON.stringify(discordEvent)), 204, '', undefined],
    ])('of %s, also when it comes again, and it is stored once', async (type, webhook, status, text, contentType) => {
      for (let n = 0; n < 2; n += 1) {
        const answer = await send(router.ingress(type), webhook);
        expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([status, text, contentType]);
      }
      expect(await storedOf(type)).toBe(1);
    });

    it('is exactly 200 for Linear, and for the ping of GitHub, which is an event', async () => {
      const linear = webhookOf('linear', '{"type":"Issue","action":"update","webhookTimestamp":1}', {
        'linear-delivery': 'd1',
      });
      expect((await send(router.ingress('linear'), linear)).status).toBe(200);
      const ping = webhookOf('github', '{"zen":"Keep it logically awesome.","hook_id":1}', {
        'x-github-event': 'ping',
        'x-github-delivery': 'g1',
      });
      expect((await send(router.ingress('github'), ping)).json).toMatchObject({ status: 'accepted' });
      expect((await router.api('/events?source=github')).data).toMatchObject([{ type: 'ping', externalId: 'g1' }]);
    });

    it('is `duplicate` for a token of Mailgun that comes again with another event', async () => {
      const genuine = webhookOf(
        'mailgun',
        JSON.stringify({
          signature: { timestamp: '', token: 'a8ce0edb2dd8301dee6c', signature: '' },
          'event-data': { event: 'delivered', id: 'genuine' },
        }),
      );
      const first = await send(router.ingress('mailgun'), genuine);
      expect(first.json).toMatchObject({ status: 'accepted' });
      const forged = Buffer.from(genuine.body.toString().replace('genuine', 'made-up'));
      const second = await send(router.ingress('mailgun'), { ...genuine, body: forged });
      expect(second.json).toEqual({ id: first.json?.id, status: 'duplicate' });
      expect(await storedOf('mailgun')).toBe(1);
    });

    it('is never a command to Telegram', async () => {
      const update = webhookOf('telegram', '{"update_id":1,"message":{"text":"x"},"method":"sendMessage"}');
      const answer = await send(router.ingress('telegram'), update);
      expect(Object.keys(answer.json ?? {})).toEqual(['id', 'status']);
    });
  });
});
