import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { hostileBodies } from '../../src/testing/hostile-input.js';
import { hostileFraming, hostilePaths, hostileSignatures, type HostileRequest } from '../support/hostile-requests.js';
import { MainProcess } from '../support/main-process.js';
import { RawConnection, requestBytes, sendRaw, wireHeaders } from '../support/raw-http.js';
import { API_KEY, routerEnv } from '../support/router.js';
import { rawStripeWebhook, send, stripeWebhook, STRIPE_SECRET } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(30_000);

const DRIP_EVERY_MS = 250;

describe('a stranger who sends what nobody should', () => {
  let database: TestDatabase;
  let main: MainProcess;
  let url = '';
  let slow: RawConnection;
  let drip: NodeJS.Timeout;
  /** External ids, or bodies, that were answered 200: what may be stored. */
  let genuine = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    const env = routerEnv({
      databaseUrl: database.url,
      env: { LOG_LEVEL: 'debug', STRIPE_WEBHOOK_SECRET: STRIPE_SECRET },
    });
    main = await MainProcess.start('version: 1\n', env);
    url = await main.ready();
    // Sends its headers a byte at a time, without end, while everything else here goes on; the last test looks at it.
    slow = await RawConnection.open(url);
    slow.write('POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    drip = setInterval(() => slow.write('x'), DRIP_EVERY_MS);
  });
  afterAll(async () => {
    clearInterval(drip);
    slow.close();
    await main.remove();
    await database.drop();
  });

  /** 0 when the connection ended without an answer. */
  const statusOf = ([name, bytes]: HostileRequest): Promise<number> =>
    sendRaw(url, bytes).then(
      ({ status, text, code }) => {
        expect([name, text]).toEqual([name, expect.not.stringContaining('evt_hostile')]);
        // Node itself answers these two, without a body.
        if (!['no host', 'an expectation nobody knows'].includes(name))
          expect([name, code]).toEqual([name, expect.any(String)]);
        return status;
      },
      () => 0,
    );

  const groups: [string, () => HostileRequest[]][] = [
    ['hostile signatures', () => hostileSignatures('secretive-signature')],
    ['broken framing', hostileFraming],
    ['strange paths and methods', hostilePaths],
  ];
  it.each(groups)('gets a proper 4xx for %s', async (_name, make) => {
    const wrong = [];
    for (const row of make()) {
      const status = await statusOf(row);
      if (!row[2].includes(status)) wrong.push(`${row[0]}: ${status} instead of ${row[2].join(' or ')}`);
    }
    expect(wrong).toEqual([]);
  });

  it('gets no event out of a body that ends before its announced length', async () => {
    const webhook = stripeWebhook('evt_hostile_short');
    for (const headers of [
      wireHeaders(webhook),
      [...Object.entries(webhook.headers), ['Transfer-Encoding', 'chunked'] as const],
    ]) {
      const connection = await RawConnection.open(url);
      connection.write(requestBytes('/webhooks/stripe', headers));
      connection.write(
        headers.some(([name]) => name === 'Transfer-Encoding') ? '5\r\nhello\r\n' : webhook.body.subarray(0, 20),
      );
      connection.finish();
      const status = await connection.answer().then(
        (answer) => answer.status,
        () => 0,
      );
      expect([0, 400]).toContain(status);
      connection.close();
    }
  });

  it('gets one answer each for pipelined requests, in their order', async () => {
    const good = stripeWebhook('evt_pipelined');
    const bytes = (headers: [string, string][]): Buffer => requestBytes('/webhooks/stripe', headers, good.body);
    const connection = await RawConnection.open(url);
    connection.write(
      Buffer.concat([
        bytes(wireHeaders(good)),
        bytes([['Content-Length', String(good.body.length)]]),
        requestBytes('/webhooks/nobody', wireHeaders(good), good.body),
        bytes(wireHeaders(good)),
      ]),
    );
    genuine += 1;
    const statuses = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await connection.answer()).status);
    connection.close();
    expect(statuses).toEqual([200, 401, 404, 200]);
  });

  it('who asks first (Expect: 100-continue) is told to go on, and then answered', async () => {
    const webhook = stripeWebhook('evt_expected');
    const connection = await RawConnection.open(url);
    connection.write(requestBytes('/webhooks/stripe', [...wireHeaders(webhook), ['Expect', '100-continue']]));
    expect((await connection.answer()).status).toBe(100);
    connection.write(webhook.body);
    expect((await connection.answer()).status).toBe(200);
    genuine += 1;
    connection.close();
  });

  it('cannot spoil the statement of the neighbours: every signed body is stored, however strange', async () => {
    const nested = (depth: number): string => `{"id":"evt_nested","data":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const strange = [
      ...hostileBodies,
      Buffer.from(nested(50_000)),
      Buffer.from('\ufeff{"id":"evt_marked","type":"a"}'),
      Buffer.from('{"id":"evt_\u00e9","type":"\xff\xfe"}', 'latin1'),
      Buffer.from('{"id":"evt_nul\\u0000","type":"a\\u0000b","account":"\\u0000","data":{"object":{"id":"\\u0000"}}}'),
      Buffer.from(`{"id":"${'i'.repeat(10_240)}","type":"${'t'.repeat(10_240)}"}`),
    ].map((body) => rawStripeWebhook(body));
    const neighbours = Array.from({ length: 50 }, (_, n) => stripeWebhook(`evt_neighbour_${n}`));
    const answers = await Promise.all(
      [...strange, ...neighbours].map((webhook) => send(`${url}/webhooks/stripe`, webhook)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const accepted = answers.filter(({ json }) => json?.status === 'accepted').length;
    // Some of the strange ones name the same id; none of the neighbours does.
    expect(accepted).toBeGreaterThanOrEqual(neighbours.length + 20);
    genuine += accepted;
    const ids = answers.map(({ json }) => json?.id);
    const shown = await request(`${url}/api/v1/events?limit=200`, { headers: { authorization: `Bearer ${API_KEY}` } });
    const { data } = (await shown.body.json()) as { data: { id: string; externalId: string }[] };
    for (const id of ids) expect(data.map((event) => event.id)).toContain(id);
    for (const { externalId } of data) expect(Buffer.byteLength(externalId)).toBeLessThanOrEqual(256);
  });

  it('who drips headers without end is cut off', async () => {
    await slow.ended(20_000);
  });

  it('leaves no trace: no event but the genuine ones, no crash, no line of complaint', async () => {
    const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM hookyard.event');
    expect(rows).toEqual([{ n: genuine }]);
    expect((await request(`${url}/health/ready`)).statusCode).toBe(200);
    expect(main.stderr).toBe('');
    const complaints = main.stdout.split('\n').filter((line) => /"level":"(warn|error|fatal)"/.test(line));
    // A flood of refusals, and of their samples, is summed up; there is no other warning.
    const isSum = (line: string): boolean => /"(webhook\.refused\.more|rejections\.skipped)"/.test(line);
    expect(complaints.filter((line) => !isSum(line))).toEqual([]);
    expect(main.stdout).not.toContain('secretive-signature');
  });
});
