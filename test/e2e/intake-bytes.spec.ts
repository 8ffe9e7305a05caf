import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { RawConnection, requestBytes, sendRaw, wireHeaders, type RawAnswer } from '../support/raw-http.js';
import { API_KEY, startRouter, type TestRouter } from '../support/router.js';
import { rawStripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(30_000);

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const MULTIPART = '--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\x00\r\n--edge--\r\n';

/** A name, the content-type header as it goes over the wire, and a body that a parser on the way would change. */
const contentTypes: [string, string | undefined, Buffer][] = [
  ['JSON', 'application/json', Buffer.from('{ "b":1.0, "a" : 12345678901234567890,\r\n "b": "\\u00e9\u00e9" }\n')],
  ['JSON in another charset', 'application/json; charset=utf-16', Buffer.from('{"a":1}', 'utf16le')],
  ['text', 'text/plain; charset=utf-8', Buffer.from('\ufeffline\r\nline\n')],
  ['a form', 'application/x-www-form-urlencoded', Buffer.from('a=1&a=2&b=%20+%zz&&=')],
  ['octet-stream', 'application/octet-stream', EVERY_BYTE],
  ['multipart', 'multipart/form-data; boundary=edge', Buffer.from(MULTIPART, 'latin1')],
  ['multipart without a boundary', 'multipart/form-data', Buffer.from('--edge\r\n--edge--\r\n')],
  ['CloudEvents', 'application/cloudevents+json', Buffer.from('{"specversion":"1.0"}')],
  ['no content type', undefined, Buffer.from('{"a":1}')],
  ['an empty one', '', Buffer.from('{"a":2}')],
  ['a tab', '\t', Buffer.from('{"a":3}')],
  ['garbage', '%%%;;="\\/,é', Buffer.from('{"a":4}')],
  ['a very long one', `application/json; x=${'y'.repeat(4000)}`, Buffer.from('{"a":5}')],
  ['our own internal one', 'application/x-hookyard-ingress', Buffer.from('{"a":6}')],
  ['an empty body', 'application/json', Buffer.alloc(0)],
  ['2 MiB of noise', 'application/json', randomBytes(2 * 1024 * 1024)],
];

describe('the bytes of a webhook', () => {
  let database: TestDatabase;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  const storedBytes = async (answer: RawAnswer): Promise<Buffer> => {
    const { id } = JSON.parse(answer.text) as { id: string };
    const response = await request(`${router.managementUrl}/api/v1/events/${id}/raw`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    return Buffer.from(await response.body.arrayBuffer());
  };
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

  it.each(contentTypes)('are stored exactly as they came: %s', async (_name, contentType, body) => {
    const { headers } = rawStripeWebhook(body);
    const pairs = wireHeaders({ headers, body }).filter(([name]) => name !== 'content-type');
    if (contentType !== undefined) pairs.push(['Content-Type', contentType]);
    const answer = await sendRaw(router.url, requestBytes('/webhooks/stripe', pairs, body));
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"accepted"')]);
    expect(digest(await storedBytes(answer))).toBe(digest(body));
  });

  it('are put together from chunks of one byte', async () => {
    const body = Buffer.from('{"id":"evt_drip","type":"invoice.paid"}');
    const connection = await RawConnection.open(router.url);
    const { 'stripe-signature': signature = '' } = rawStripeWebhook(body).headers;
    connection.write(
      requestBytes('/webhooks/stripe', [
        ['Stripe-Signature', signature],
        ['Transfer-Encoding', 'chunked'],
      ]),
    );
    for (const byte of body) connection.write(`1\r\n${String.fromCharCode(byte)}\r\n`);
    connection.write('0\r\n\r\n');
    const answer = await connection.answer();
    connection.close();
    expect(answer.status).toBe(200);
    expect(await storedBytes(answer)).toEqual(body);
  });
});
