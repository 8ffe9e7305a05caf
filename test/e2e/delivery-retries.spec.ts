import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { accepted, deliveryTo, settledDelivery, type SeenDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const RETRIES = 'retry: { schedule: [60ms, 60ms], jitter: 0 }, breaker: { failures: 1000 }';

describe('a delivery', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  let count = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    const to = (name: string, policy: string): string =>
      `  - { name: ${name}, url: "${receiver.url}/${name}", allowPrivateNetwork: true, ${policy} }`;
    const route = (name: string): string => `  - { sourceType: stripe, types: ["${name}"], to: ${name} }`;
    const names = [
      'retried',
      'hanging',
      'gone',
      'throttled',
      'unavailable',
      'aged',
      'silent',
      'asked86400',
      'asked1',
      'asked30',
      'ruled',
    ];
    router = await startRouter({
      databaseUrl: database.url,
      yaml: `destinations:
${to('retried', RETRIES)}
${to('hanging', `timeout: 150ms, ${RETRIES}`)}
${to('gone', RETRIES)}
${to('throttled', RETRIES)}
${to('unavailable', RETRIES)}
${to('asked86400', RETRIES)}
${to('asked1', RETRIES)}
${to('asked30', RETRIES)}
${to('ruled', `statuses: { dead: [4xx], retry: [400], pause: [403] }, retry: { schedule: [50ms] }`)}
${to('aged', 'retry: { exponential: { base: 400ms, factor: 1, attempts: 50 }, jitter: 0, maxAge: 1s }, breaker: { failures: 1000 }')}
  - { name: silent, url: "http://127.0.0.1:1/", allowPrivateNetwork: true, ${RETRIES} }
routes:
${names.map(route).join('\n')}
`,
    });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });
  beforeEach(() => {
    receiver.answer = 200;
  });
  const begin = (destination: string): Promise<string> => {
    count += 1;
    return accepted(router, 'stripe', stripeWebhook(`evt_${destination}_${count}`, destination));
  };
  const run = async (destination: string): Promise<SeenDelivery> =>
    settledDelivery(router, await begin(destination), destination);
  const gate = async (name: string): Promise<{ paused: boolean; reason: string | null; quiet_ms: number | null }> => {
    const { rows } = await database.pool.query(
      `SELECT g.paused_at IS NOT NULL AS paused, g.pause_reason AS reason,
         extract(epoch FROM g.not_before - clock_timestamp())::float8 * 1000 AS quiet_ms
       FROM hookyard.destination_gate g JOIN hookyard.destination d ON d.id = g.destination_id WHERE d.name = $1`,
      [name],
    );
    return rows[0];
  };

  it('whose destination fails twice and recovers is delivered on the third attempt, each attempt recorded', async () => {
    receiver.answer = ({ headers }, response) =>
      response.writeHead(headers['hookyard-attempt'] === '3' ? 204 : 503).end('busy');
    const delivery = await run('retried');
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 3, deadReason: null, lastErrorClass: null });
    expect(delivery.attemptList).toMatchObject([
      { number: 1, outcome: 'failed', statusCode: 503, errorClass: 'HTTP_5XX', responseExcerpt: 'busy', probe: false },
      { number: 2, outcome: 'failed', statusCode: 503, errorClass: 'HTTP_5XX', responseExcerpt: 'busy', probe: false },
      { number: 3, outcome: 'delivered', statusCode: 204, errorClass: null, responseExcerpt: null, probe: false },
    ]);
    const starts = delivery.attemptList.map(({ startedAt }) => Date.parse(startedAt));
    for (const n of [1, 2]) expect((starts[n] as number) - (starts[n - 1] as number)).toBeGreaterThanOrEqual(60);
    for (const { durationMs } of delivery.attemptList) expect(durationMs).toBeLessThan(1_000);
  });

  it('that fails every time is dead after its last attempt, with the reason', async () => {
    receiver.answer = 500;
    const delivery = await run('retried');
    expect(delivery).toMatchObject({
      status: 'dead',
      attempts: 3,
      deadReason: 'attempts_exhausted',
      lastErrorClass: 'HTTP_5XX',
    });
    expect(delivery.attemptList.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
  });

  it('that nobody answers is tried again: refused connections and timeouts are named', async () => {
    receiver.answer = () => undefined;
    const [silent, hanging] = await Promise.all([run('silent'), run('hanging')]);
    expect(silent.attemptList.map(({ errorClass }) => errorClass)).toEqual(Array(3).fill('CONNECTION_REFUSED'));
    expect(hanging.attemptList.map(({ errorClass }) => errorClass)).toEqual(Array(3).fill('TIMEOUT'));
    for (const { durationMs } of hanging.attemptList) expect(durationMs).toBeGreaterThanOrEqual(145);
  });

  it.each([400, 413, 415, 422])('answered %i is dead at once: the request itself is at fault', async (status) => {
    receiver.answer = status;
    expect(await run('retried')).toMatchObject({
      status: 'dead',
      attempts: 1,
      deadReason: 'rejected',
      lastErrorClass: 'HTTP_4XX',
    });
  });

  it.each([401, 404, 408])('answered %i is tried again: that can be mended', async (status) => {
    receiver.answer = ({ headers }, response) =>
      response.writeHead(headers['hookyard-attempt'] === '2' ? 200 : status).end();
    expect(await run('retried')).toMatchObject({ status: 'delivered', attempts: 2 });
  });

  it('answered 410 is dead, and its destination paused: what comes later waits', async () => {
    receiver.answer = 410;
    expect(await run('gone')).toMatchObject({ status: 'dead', attempts: 1, deadReason: 'gone' });
    await until('the gate is shut', async () => (await gate('gone')).paused);
    expect((await gate('gone')).reason).toMatch(/^the destination answered 410 Gone/);
    const before = receiver.received.length;
    const eventId = await begin('gone');
    expect(await deliveryTo(router, eventId, 'gone')).toMatchObject({
      status: 'pending',
      waitingFor: 'paused',
      attempts: 0,
    });
    // Something else goes out meanwhile, so the relay has looked.
    receiver.answer = 200;
    await run('retried');
    expect(receiver.received.length - before).toBe(1);
    expect(await deliveryTo(router, eventId, 'gone')).toMatchObject({ status: 'pending', attempts: 0 });
  });

  it.each([
    ['throttled', 429, '2'],
    ['unavailable', 503, '1'],
  ])(
    'to the %s destination (%i with Retry-After) waits as long as asked and uses up no attempt',
    async (name, status, retryAfter) => {
      receiver.answer = (_, response) => response.writeHead(status, { 'retry-after': retryAfter }).end();
      const eventId = await begin(name);
      const waiting = await until('it is deferred', async () => {
        const delivery = await deliveryTo(router, eventId, name);
        return delivery.attemptList.length > 0 && delivery.status === 'pending' ? delivery : undefined;
      });
      const asked = Number(retryAfter) * 1_000;
      expect(waiting).toMatchObject({ status: 'pending', attemptList: [{ outcome: 'deferred', statusCode: status }] });
      await until('the gate is shut for as long', async () => ((await gate(name)).quiet_ms ?? 0) > asked / 2);
      receiver.answer = 200;
      // Another event for the same destination waits too: the gate is shut for all.
      const [first, second] = await Promise.all([settledDelivery(router, eventId, name), run(name)]);
      const [deferred, delivered] = first.attemptList.map(({ startedAt }) => Date.parse(startedAt));
      expect((delivered as number) - (deferred as number)).toBeGreaterThanOrEqual(asked - 10);
      expect(Date.parse(second.attemptList[0]?.startedAt ?? '') - (deferred as number)).toBeGreaterThanOrEqual(
        asked - 10,
      );
      const { rows } = await database.pool.query(
        `SELECT d.round_attempts FROM hookyard.delivery d JOIN hookyard.event e ON e.id = d.event_id WHERE replace(e.id::text, '-', '') = $1`,
        [eventId.replace('evt_', '')],
      );
      expect(rows).toEqual([{ round_attempts: 1 }]);
    },
  );

  it.each([
    ['1e9', 86_400],
    ['-5', 1],
    ['soon', 30],
  ])('answered 429 with Retry-After: %s comes back in about %i s, and the API says when', async (asked, seconds) => {
    const name = `asked${seconds}`;
    receiver.answer = (_, response) => response.writeHead(429, { 'retry-after': asked }).end();
    const eventId = await begin(name);
    const waiting = await until('it is deferred', async () => {
      const delivery = await deliveryTo(router, eventId, name);
      return delivery.attemptList.length > 0 && delivery.status === 'pending' ? delivery : undefined;
    });
    const waitMs = Date.parse(waiting.nextAttemptAt ?? '') - Date.parse(waiting.attemptList[0]?.startedAt ?? '');
    expect(waitMs).toBeGreaterThanOrEqual(seconds * 1_000 - 10);
    expect(waitMs).toBeLessThan(seconds * 1_000 + 10_000);
  });

  it('answered with a status that its destination gives another meaning ends as that says', async () => {
    receiver.answer = 404;
    expect(await run('ruled')).toMatchObject({ status: 'dead', attempts: 1, deadReason: 'rejected' });
    receiver.answer = 400;
    expect(await run('ruled')).toMatchObject({ status: 'dead', attempts: 2, deadReason: 'attempts_exhausted' });
    receiver.answer = 403;
    expect(await run('ruled')).toMatchObject({ status: 'dead', attempts: 1, deadReason: 'gone' });
    await until('the gate is shut', async () => (await gate('ruled')).paused);
  });

  it('answered 503 without Retry-After has failed: nobody said when to come back', async () => {
    receiver.answer = 503;
    expect(await run('retried')).toMatchObject({ status: 'dead', attempts: 3 });
  });

  it('older than its maximum age is dead, however many attempts are left', async () => {
    receiver.answer = 500;
    const delivery = await run('aged');
    expect(delivery).toMatchObject({ status: 'dead', deadReason: 'max_age' });
    expect(delivery.attempts).toBeGreaterThanOrEqual(2);
    expect(delivery.attempts).toBeLessThanOrEqual(3);
  });
});
