import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { accepted, deliveryTo, settledDelivery } from '../support/deliveries.js';
import { ask, destinationAt, type SeenDestination } from '../support/operator.js';
import { Receiver } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

describe('a destination, by hand', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  let yaml: string;
  let count = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    const retry = 'retry: { exponential: { base: 50ms, factor: 1, attempts: 30 }, jitter: 0 }';
    yaml = `destinations:
  - { name: inbox, url: "${receiver.url}", allowPrivateNetwork: true, ${retry}, breaker: { failures: 3, cooldown: 1h } }
routes:
  - { sourceType: stripe, to: inbox }
`;
    router = await startRouter({ databaseUrl: database.url, yaml });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });
  beforeEach(async () => {
    receiver.answer = 200;
    await control('breaker', { state: 'closed' });
    await control('breaker', { state: 'auto' });
    await control('resume');
    await until('nothing waits', async () => (await inbox()).deliveries.pending === 0);
    receiver.received.length = 0;
  });
  const begin = (): Promise<string> => accepted(router, 'stripe', stripeWebhook(`evt_${(count += 1)}`));
  const inbox = (): Promise<SeenDestination> => destinationAt(router, 'inbox');
  const control = (what: string, body?: object): ReturnType<typeof ask<SeenDestination>> =>
    ask<SeenDestination>(router, 'POST', `/destinations/inbox/${what}`, body);
  const waits = (eventId: string, why: string): Promise<unknown> =>
    until(`it waits for ${why}`, async () => (await deliveryTo(router, eventId, 'inbox')).waitingFor === why);

  it('is paused: deliveries wait, also over a restart that declares it again, and go out when it is resumed', async () => {
    expect((await control('pause', { reason: 'moving house' })).data).toMatchObject({
      paused: true,
      pauseReason: 'moving house',
    });
    const eventId = await begin();
    await waits(eventId, 'paused');
    await router.close();
    router = await startRouter({ databaseUrl: database.url, yaml });
    expect(await inbox()).toMatchObject({ paused: true, deliveries: { pending: 1 } });
    expect(receiver.received).toHaveLength(0);
    expect((await control('resume')).data).toMatchObject({ paused: false, pauseReason: null });
    expect(await settledDelivery(router, eventId, 'inbox')).toMatchObject({ status: 'delivered', attempts: 1 });
  });

  it('is paused while a batch is at work: what has not started waits', async () => {
    let answered: (() => void) | undefined;
    receiver.answer = (_, response) => void (answered = () => response.writeHead(200).end());
    await control('breaker', { state: 'open' });
    const ids = await Promise.all(Array.from({ length: 30 }, begin));
    // Released from one slot upwards: one is sent, and waits for its answer.
    await control('breaker', { state: 'auto' });
    await until('the first is sent', () => receiver.received.length === 1);
    await control('pause');
    receiver.answer = 200;
    answered?.();
    await until('none is under way', async () => {
      const { rows } = await database.pool.query(`SELECT 1 FROM hookyard.delivery WHERE status = 'claimed'`);
      return rows.length === 0;
    });
    expect(receiver.received).toHaveLength(1);
    expect((await inbox()).deliveries.pending).toBe(29);
    await control('resume');
    await Promise.all(ids.map((id) => settledDelivery(router, id, 'inbox')));
  });

  it('is forced open: nothing is sent, a late 2xx does not close it, and it is told apart from one that tripped', async () => {
    let answered: (() => void) | undefined;
    receiver.answer = (_, response) => void (answered = () => response.writeHead(200).end());
    const underWay = await begin();
    await until('it is sent', () => receiver.received.length === 1);
    expect((await control('breaker', { state: 'open' })).data.breaker).toMatchObject({
      state: 'open',
      forced: true,
      tripped: false,
      forcedUntil: null,
    });
    answered?.();
    expect(await settledDelivery(router, underWay, 'inbox')).toMatchObject({ status: 'delivered' });
    receiver.answer = 200;
    const eventId = await begin();
    await waits(eventId, 'breaker');
    expect((await inbox()).breaker).toMatchObject({ state: 'open', forced: true });
    expect(receiver.received).toHaveLength(1);
    expect((await control('breaker', { state: 'auto' })).data.breaker).toMatchObject({
      state: 'closed',
      forced: false,
    });
    expect(await settledDelivery(router, eventId, 'inbox')).toMatchObject({ status: 'delivered', attempts: 1 });
  });

  it('is forced open for a while: it goes on by itself when that is over', async () => {
    const { breaker } = (await control('breaker', { state: 'open', for: '1s' })).data;
    expect(Date.parse(String(breaker.forcedUntil))).toBeGreaterThan(Date.now() - 60_000);
    const eventId = await begin();
    expect(await settledDelivery(router, eventId, 'inbox')).toMatchObject({ status: 'delivered' });
    expect((await inbox()).breaker).toMatchObject({ state: 'closed', forced: false, forcedUntil: null });
  });

  it('that tripped is forced closed, stays so whatever fails, and is given back', async () => {
    receiver.answer = 500;
    const ids = await Promise.all([begin(), begin(), begin()]);
    await until('it has tripped', async () => (await inbox()).breaker.tripped);
    expect((await inbox()).breaker).toMatchObject({ state: 'open', forced: false, openUntil: expect.any(String) });
    const before = receiver.received.length;
    expect((await control('breaker', { state: 'closed' })).data.breaker).toMatchObject({
      state: 'closed',
      forced: true,
      tripped: false,
      failures: 0,
    });
    await until('it is sent to again and again', () => receiver.received.length > before + 8);
    expect((await inbox()).breaker).toMatchObject({ state: 'closed', tripped: false });
    await control('breaker', { state: 'auto' });
    await until('it has tripped again', async () => (await inbox()).breaker.tripped);
    receiver.answer = 200;
    await control('breaker', { state: 'closed' });
    for (const id of ids) expect(await settledDelivery(router, id, 'inbox')).toMatchObject({ status: 'delivered' });
  });

  it.each([
    ['breaker', { state: 'ajar' }],
    ['breaker', { state: 'open', for: '10' }],
    ['breaker', { state: 'open', for: '100d' }],
    ['breaker', { state: 'auto', for: '1m' }],
    ['breaker', { state: 'open', until: 'tomorrow' }],
    ['breaker', {}],
    ['pause', { reason: '' }],
    ['pause', { reason: 'a\nb' }],
    ['pause', { reason: 'x'.repeat(201) }],
    ['pause', { because: 'typo' }],
  ])('is not changed by a request it does not understand: %s %j', async (what, body) => {
    const before = await inbox();
    const { code, errors } = await control(what, body);
    expect([code, errors[0]?.code]).toEqual([400, 'INVALID_REQUEST']);
    expect(await inbox()).toEqual(before);
  });

  it('that does not exist is not found, whatever is asked of it', async () => {
    for (const name of ['nobody', '0', '%00', 'a%2Fb']) {
      const answers = [
        await ask(router, 'GET', `/destinations/${name}`),
        await ask(router, 'POST', `/destinations/${name}/pause`),
        await ask(router, 'POST', `/destinations/${name}/breaker`, { state: 'open' }),
      ];
      expect(answers.map(({ code, errors }) => [code, errors[0]?.code])).toEqual(
        Array(3).fill([404, 'DESTINATION_NOT_FOUND']),
      );
    }
  });

  it('is listed with what waits at it', async () => {
    await control('pause');
    await Promise.all([begin(), begin()]);
    const { data } = await ask<SeenDestination[]>(router, 'GET', '/destinations');
    expect(data).toEqual([
      expect.objectContaining({
        name: 'inbox',
        kind: 'http',
        paused: true,
        deliveries: { pending: 2, held: 0, dead: 0, isExact: true },
      }),
    ]);
  });
});
