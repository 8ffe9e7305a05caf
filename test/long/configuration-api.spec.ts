import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { accepted, deliveryTo, settledDelivery } from '../support/deliveries.js';
import { apiCall } from '../support/api-call.js';
import { Receiver } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { send, STRIPE_SECRET, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('the configuration over the API', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  const routers: TestRouter[] = [];
  const start = async (yaml = ''): Promise<TestRouter> => {
    const router = await startRouter({ databaseUrl: database.url, yaml });
    routers.push(router);
    return router;
  };
  const call = async (
    router: TestRouter,
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<{ code: number; data: Record<string, unknown>; error: string; text: string }> => {
    const answer = await apiCall(router.managementUrl, method, path, body === undefined ? {} : { body });
    const [first] = answer.body.errors as unknown as { code: string; message: string }[];
    const error = first ? `${first.code} ${first.message}` : '';
    return { code: answer.code, data: answer.body.data, error, text: JSON.stringify(answer.body) };
  };
  const inbox = (more: object = {}): object => ({
    name: 'inbox',
    url: receiver.url,
    allowPrivateNetwork: true,
    ...more,
  });

  beforeEach(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    for (const router of routers.splice(0).reverse()) await router.close();
    await receiver.stop();
    await database.drop();
  });

  it('makes a source, a destination and a route that work at once, in every process, and survive a start', async () => {
    const [router, other] = [await start(), await start()];
    const source = { slug: 'stripe-eu', type: 'stripe', secrets: [STRIPE_SECRET], toleranceSeconds: 600 };
    expect(await call(router, 'POST', '/sources', source)).toMatchObject({
      code: 201,
      data: { slug: 'stripe-eu', declaredBy: 'api' },
    });
    expect((await call(router, 'POST', '/destinations', inbox({ headers: { authorization: 'canary' } }))).code).toBe(
      201,
    );
    const made = await call(router, 'POST', '/routes', {
      source: 'stripe-eu',
      types: ['invoice.*'],
      filter: { livemode: true },
      to: 'inbox',
    });
    expect(made).toMatchObject({ code: 201, data: { to: 'inbox', declaredBy: 'api' } });
    await until(
      'the other process has it',
      async () => (await send(other.ingress('stripe-eu'), stripeWebhook('evt_other'))).status === 200,
      2_000,
    );
    const id = await accepted(router, 'stripe-eu', stripeWebhook('evt_here'));
    expect((await settledDelivery(router, id, 'inbox')).status).toBe('delivered');
    const again = await start();
    const later = await accepted(again, 'stripe-eu', stripeWebhook('evt_later'));
    expect((await settledDelivery(again, later, 'inbox')).status).toBe('delivered');
    expect(receiver.received.at(-1)?.headers['authorization']).toBe('canary');
    for (const path of ['/sources/stripe-eu', '/destinations/inbox', '/routes', '/audit']) {
      const { text } = await call(router, 'GET', path);
      expect(text).not.toMatch(/canary|whsec_/);
    }
    expect((await call(router, 'GET', '/sources/stripe-eu')).data).toMatchObject({ declaredBy: 'api' });
    expect((await call(router, 'GET', '/sources/stripe')).data).toMatchObject({ declaredBy: 'file' });
  });

  it('changes top-level keys and leaves the others, secrets too', async () => {
    const router = await start();
    await call(router, 'POST', '/destinations', inbox({ headers: { 'x-team': 'a' }, timeout: '3s' }));
    await call(router, 'POST', '/routes', { source: 'stripe', to: 'inbox' });
    expect(
      await call(router, 'PATCH', '/destinations/inbox', { timeout: null, limits: { rate: '50/s' } }),
    ).toMatchObject({
      code: 200,
    });
    const { data } = await call(router, 'GET', '/destinations/inbox');
    expect(data['policy']).toMatchObject({ timeoutMs: 15_000, ratePerSecond: 50 });
    const id = await accepted(router, 'stripe', stripeWebhook('evt_patched'));
    await settledDelivery(router, id, 'inbox');
    expect(receiver.received[0]?.headers['x-team']).toBe('a');
  });

  it('gives a changed route a new id, so that what was routed still names the old one', async () => {
    const router = await start();
    await call(router, 'POST', '/destinations', inbox());
    const { data: first } = await call(router, 'POST', '/routes', { source: 'stripe', to: 'inbox' });
    const before = await accepted(router, 'stripe', stripeWebhook('evt_before'));
    const changed = await call(router, 'PATCH', `/routes/${String(first['id'])}`, { filter: { livemode: false } });
    expect(changed).toMatchObject({ code: 200, data: { filter: { livemode: false }, source: 'stripe' } });
    expect(changed.data['id']).not.toBe(first['id']);
    const after = await accepted(router, 'stripe', stripeWebhook('evt_after'));
    expect((await call(router, 'GET', `/events/${after}`)).data['deliveries']).toEqual([]);
    expect((await call(router, 'GET', `/events/${before}`)).data['deliveries']).toMatchObject([
      { routeId: first['id'] },
    ]);
    expect((await call(router, 'DELETE', `/routes/${String(changed.data['id'])}`)).code).toBe(200);
    expect(await call(router, 'GET', `/routes/${String(changed.data['id'])}`)).toMatchObject({ code: 404 });
  });

  it('refuses to change what the file declares, and names the file', async () => {
    const router = await start(
      `destinations:\n  - { name: inbox, url: "${receiver.url}", allowPrivateNetwork: true }\nroutes:\n  - { source: stripe, to: inbox }\n`,
    );
    const [route] = (await call(router, 'GET', '/routes')).data as unknown as { id: number }[];
    for (const [method, path] of [
      ['PATCH', '/sources/stripe'],
      ['DELETE', '/sources/stripe'],
      ['PATCH', '/destinations/inbox'],
      ['PATCH', `/routes/${route?.id}`],
      ['DELETE', `/routes/${route?.id}`],
    ] as const) {
      const answer = await call(router, method, path, method === 'PATCH' ? {} : undefined);
      expect([path, answer.code]).toEqual([path, 409]);
      expect(answer.error).toMatch(/^DECLARED_ELSEWHERE .*hookyard\.yaml declares it/);
    }
    expect(await call(router, 'DELETE', '/destinations/inbox')).toMatchObject({ code: 409 });
    expect(await call(router, 'POST', '/destinations', inbox())).toMatchObject({ code: 409 });
    expect((await call(router, 'POST', '/destinations', inbox())).error).toMatch(/^ALREADY_EXISTS/);
  });

  it('refuses what the file would be refused for, with the place and without the value', async () => {
    const router = await start();
    for (const [path, body, place] of [
      ['/sources', { slug: 'x', type: 'stripe', secrets: ['canary secret '] }, 'secrets[0]'],
      ['/sources', { slug: 'x', type: 'stripe', secrets: ['whsec_abc'], nonsense: 'canary' }, 'nonsense'],
      ['/sources', { slug: 'Not A Slug', type: 'stripe', secrets: ['whsec_abc'] }, 'slug'],
      ['/destinations', { name: 'x', url: 'ftp://canary' }, 'url'],
      ['/destinations', { name: 'x', url: 'http://169.254.169.254/', allowPrivateNetwork: true }, 'url'],
      ['/destinations', { name: 'x', url: 'http://127.0.0.1/' }, 'allowPrivateNetwork'],
      ['/destinations', { name: 'x', url: 'https://x.test', limits: { rate: 0 } }, 'limits.rate'],
      ['/destinations', { name: 'x\0', url: 'https://x.test' }, 'NUL'],
      ['/routes', { source: 'stripe', to: 'canary' }, 'to: no destination'],
      ['/routes', { source: 'canary', to: 'x' }, 'source: no source'],
      ['/routes', { source: 'stripe', to: 'x', filter: { 'data.a': { $where: 'canary' } } }, 'data.a.$where'],
      ['/routes', { to: 'x' }, 'exactly one of source'],
    ] as const) {
      const answer = await call(router, 'POST', path, body);
      expect([answer.code, answer.error]).toEqual([400, expect.stringContaining(place)]);
      expect(answer.error).not.toContain('canary');
    }
    expect(await call(router, 'PATCH', '/sources/nobody', {})).toMatchObject({ code: 404 });
    expect(await call(router, 'PATCH', '/routes/999', {})).toMatchObject({ code: 404 });
  });

  it('refuses what would bring a destination events that its resignWith cannot sign, and changes nothing', async () => {
    const router = await start();
    const raw = { payload: 'raw', resignWith: 'canary-text' };
    await call(router, 'POST', '/destinations', inbox(raw));
    await call(router, 'POST', '/routes', { source: 'stripe', to: 'inbox' });
    const discord = { slug: 'chat', type: 'discord', secrets: ['e'.repeat(64)] };
    expect(await call(router, 'POST', '/sources', discord)).toMatchObject({ code: 201 });
    const refused = async (method: 'POST' | 'PATCH', path: string, body: object): Promise<void> => {
      const answer = await call(router, method, path, body);
      expect([answer.code, answer.error]).toEqual([400, expect.stringMatching(/resignWith.*chat.*\(discord\)/)]);
      expect(answer.error).not.toContain('canary');
    };
    await refused('POST', '/routes', { source: 'chat', to: 'inbox' });
    await refused('POST', '/routes', { sourceType: 'discord', to: 'inbox' });
    expect((await call(router, 'GET', '/routes')).data).toHaveLength(1);
    await call(router, 'PATCH', '/destinations/inbox', { payload: null, resignWith: null });
    expect(await call(router, 'POST', '/routes', { sourceType: 'discord', to: 'inbox' })).toMatchObject({ code: 201 });
    await refused('PATCH', '/destinations/inbox', raw);
    const { rows } = await database.pool.query(`SELECT settings ->> 'payload' AS payload FROM hookyard.destination`);
    expect(rows).toEqual([{ payload: 'cloudevents' }]);
  });

  it('pauses a source in every process, holds what comes in, and lets it out', async () => {
    const yaml = `destinations:\n  - { name: inbox, url: "${receiver.url}", allowPrivateNetwork: true }\nroutes:\n  - { source: stripe, to: inbox }\n`;
    const [router, other] = [await start(yaml), await start(yaml)];
    expect(await call(router, 'POST', '/sources/stripe/pause')).toMatchObject({ code: 200, data: { paused: true } });
    let n = 0;
    const held = await until(
      'the other process holds',
      async () => {
        n += 1;
        const id = await accepted(other, 'stripe', stripeWebhook(`evt_hold_${n}`));
        return (await deliveryTo(other, id, 'inbox')).status === 'held' ? id : undefined;
      },
      2_000,
    );
    // A start is an apply: it leaves the pause.
    const third = await start(yaml);
    const id = await accepted(third, 'stripe', stripeWebhook('evt_hold_third'));
    expect((await deliveryTo(third, id, 'inbox')).status).toBe('held');
    expect(await call(router, 'POST', '/sources/stripe/resume')).toMatchObject({ code: 200, data: { paused: false } });
    expect((await settledDelivery(other, held, 'inbox', 30_000)).status).toBe('delivered');
  });

  it('removes a destination of the API with its routes, and a source of the API', async () => {
    const router = await start();
    await call(router, 'POST', '/sources', { slug: 'gone', type: 'stripe', secrets: [STRIPE_SECRET] });
    await call(router, 'POST', '/destinations', inbox());
    await call(router, 'POST', '/routes', { source: 'gone', to: 'inbox' });
    expect((await call(router, 'DELETE', '/destinations/inbox')).code).toBe(200);
    expect((await call(router, 'GET', '/routes')).data).toEqual([]);
    expect((await call(router, 'DELETE', '/sources/gone')).code).toBe(200);
    expect((await send(router.ingress('gone'), stripeWebhook('evt_gone'))).status).toBe(404);
  });
});
