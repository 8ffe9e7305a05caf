import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { endpointsOf } from '../../src/operations/openapi/endpoints.js';
import { managementControllers } from '../../src/operations/management-controllers.js';
import { RejectionSampler } from '../../src/rejections/rejection-sampler.js';
import { apiCall, makeKey } from '../support/api-call.js';
import { accepted } from '../support/deliveries.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(90_000);

const SECRET = 'whsec_nobody_may_read_this_in_a_log';

/** What becomes of a thing: its line says how it is (`makes`), how it was (`removes`), or both and how they differ (`changes`). */
type Effect = 'makes' | 'changes' | 'removes';

interface Mutation {
  readonly effect: Effect;
  /** Makes what is needed; gives the path, and the body. */
  readonly call: () => Promise<readonly [path: string, body?: object]>;
}

describe('the audit log has every mutation, with what was before and after', () => {
  let database: TestDatabase;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({
      databaseUrl: database.url,
      env: { HOOKYARD_API_RATE: '10000/s', HOOKYARD_ROLE: 'intake,api' },
      yaml: destinationYaml('billing', 'http://127.0.0.1:9/'),
    });
    await made('/destinations/billing/pause');
    for (const n of [1, 2, 3, 4, 5]) await accepted(router, 'stripe', stripeWebhook(`evt_before_${n}`));
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  let count = 0;
  const next = (): string => `x${(count += 1)}`;
  const made = async (path: string, body?: object, method: 'POST' | 'PATCH' = 'POST') => {
    const answer = await apiCall(router.managementUrl, method, path, { body });
    expect([path, answer.body.errors]).toEqual([path, []]);
    return answer.body.data;
  };
  const event = (): Promise<string> => accepted(router, 'stripe', stripeWebhook(`evt_${next()}`));
  const delivery = async (status: 'pending' | 'held' | 'dead'): Promise<string> => {
    const { data } = await router.api<{ data: { deliveries: { id: string }[] } }>(`/events/${await event()}`);
    const id = String(data.deliveries[0]?.id);
    await database.pool.query(`UPDATE hookyard.delivery SET status = $2 WHERE id = replace($1, 'dlv_', '')::uuid`, [
      id,
      status,
    ]);
    return id;
  };
  const source = async (): Promise<string> => {
    const slug = next();
    await made('/sources', { slug, type: 'stripe', secrets: [SECRET] });
    return slug;
  };
  const destination = async (): Promise<string> => {
    const name = next();
    await made('/destinations', { name, url: `https://example.com/${name}`, signingSecrets: [signing] });
    return name;
  };
  const signing = `whsec_${Buffer.from('a secret that signs what is sent').toString('base64')}`;
  const route = async (): Promise<unknown> => (await made('/routes', { source: 'stripe', to: 'billing' }))['id'];
  const issue = async (state: string): Promise<string> => {
    const { rows } = await database.pool.query(
      `INSERT INTO hookyard.issue (id, destination_id, error_class, state, state_changed_at, first_seen_at, last_seen_at, failures, dead,
         last_delivery_id)
       SELECT gen_random_uuid(), min(id), $1, $2, now(), now(), now(), 1, 0, gen_random_uuid() FROM hookyard.destination RETURNING id`,
      [next(), state],
    );
    return `iss_${String(rows[0].id).replaceAll('-', '')}`;
  };
  const replay = async (): Promise<string> => {
    const from = new Date(Date.now() - 3_600_000).toISOString();
    return String((await made('/replays', { mode: 'replay', filter: { from }, pace: 0.1 }))['id']);
  };
  const rejection = async (): Promise<string> => {
    const slug = await source();
    await send(router.ingress(slug), stripeWebhook(`evt_${next()}`, 'invoice.paid', { secret: 'whsec_other' }));
    await router.app.get(RejectionSampler).drain();
    await made(`/sources/${slug}`, { secrets: ['whsec_other'] }, 'PATCH');
    const { data } = await router.api<{ data: { id: string }[] }>(`/rejections?source=${slug}`);
    return String(data[0]?.id);
  };

  const at = (effect: Effect, call: Mutation['call']): Mutation => ({ effect, call });
  const MUTATIONS: Readonly<Record<string, Mutation>> = {
    'POST /api-keys': at('makes', async () => ['/api-keys', { label: next(), role: 'viewer' }]),
    'DELETE /api-keys/{id}': at('changes', async () => [
      `/api-keys/${(await makeKey(router.managementUrl, 'viewer')).id}`,
    ]),
    'POST /deliveries/{id}/cancel': at('changes', async () => [`/deliveries/${await delivery('pending')}/cancel`]),
    'POST /deliveries/{id}/release': at('changes', async () => [`/deliveries/${await delivery('held')}/release`]),
    'POST /deliveries/{id}/retry': at('changes', async () => [`/deliveries/${await delivery('dead')}/retry`]),
    'POST /destinations': at('makes', async () => [
      '/destinations',
      { name: next(), url: 'https://example.com/', headers: { 'x-token': SECRET }, signingSecrets: [signing] },
    ]),
    'PATCH /destinations/{name}': at('changes', async () => [
      `/destinations/${await destination()}`,
      { timeout: '7s' },
    ]),
    'DELETE /destinations/{name}': at('removes', async () => [`/destinations/${await destination()}`]),
    'POST /destinations/{name}/breaker': at('changes', async () => [
      `/destinations/${await destination()}/breaker`,
      { state: 'open' },
    ]),
    'POST /destinations/{name}/pause': at('changes', async () => [`/destinations/${await destination()}/pause`]),
    'POST /destinations/{name}/resume': at('changes', async () => {
      const name = await destination();
      await made(`/destinations/${name}/pause`);
      return [`/destinations/${name}/resume`];
    }),
    'POST /destinations/{name}/test': at('makes', () => Promise.resolve(['/destinations/billing/test'] as const)),
    'POST /erasures': at('makes', async () => ['/erasures', { tenant: next() }]),
    'POST /events/{id}/erase': at('changes', async () => [`/events/${await event()}/erase`]),
    'POST /events/{id}/replay': at('makes', async () => [`/events/${await event()}/replay`, {}]),
    'POST /issues/{id}/acknowledge': at('changes', async () => [`/issues/${await issue('open')}/acknowledge`]),
    'POST /issues/{id}/ignore': at('changes', async () => [`/issues/${await issue('open')}/ignore`]),
    'POST /issues/{id}/reopen': at('changes', async () => [`/issues/${await issue('resolved')}/reopen`]),
    'POST /issues/{id}/resolve': at('changes', async () => [`/issues/${await issue('open')}/resolve`]),
    'POST /rejections/{id}/reverify': at('changes', async () => [`/rejections/${await rejection()}/reverify`]),
    'POST /replays': at('makes', async () => ['/replays', { mode: 'retry', filter: { errorClass: 'none' } }]),
    'POST /replays/{id}/cancel': at('changes', async () => [`/replays/${await replay()}/cancel`]),
    'POST /replays/{id}/pause': at('changes', async () => [`/replays/${await replay()}/pause`]),
    'POST /replays/{id}/resume': at('changes', async () => {
      const id = await replay();
      await made(`/replays/${id}/pause`);
      return [`/replays/${id}/resume`];
    }),
    'POST /routes': at('makes', async () => ['/routes', { source: 'stripe', to: 'billing', types: [next()] }]),
    'PATCH /routes/{id}': at('changes', async () => [`/routes/${String(await route())}`, { types: [next()] }]),
    'DELETE /routes/{id}': at('removes', async () => [`/routes/${String(await route())}`]),
    'POST /sources': at('makes', async () => ['/sources', { slug: next(), type: 'stripe', secrets: [SECRET] }]),
    'PATCH /sources/{slug}': at('changes', async () => [`/sources/${await source()}`, { toleranceSeconds: 600 }]),
    'DELETE /sources/{slug}': at('removes', async () => [`/sources/${await source()}`]),
    'POST /sources/{slug}/pause': at('changes', async () => [`/sources/${await source()}/pause`]),
    'POST /sources/{slug}/resume': at('changes', async () => {
      const slug = await source();
      await made(`/sources/${slug}/pause`);
      return [`/sources/${slug}/resume`];
    }),
  };
  const operations = endpointsOf(managementControllers)
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path }) => `${method} ${path.replace('/api/v1', '')}`);

  it('in a table that leaves none out', () => {
    expect(Object.keys(MUTATIONS).toSorted()).toEqual(operations.toSorted());
  });

  it.each(Object.keys(MUTATIONS))('%s', async (operation) => {
    const { effect, call } = MUTATIONS[operation] as Mutation;
    const [path, body] = await call();
    const method = operation.split(' ', 1)[0] as 'POST';
    const answer = await apiCall(router.managementUrl, method, path, { body });
    expect([answer.code < 300, answer.body.errors]).toEqual([true, []]);
    const { data } = await router.api('/audit?limit=1');
    const line = data[0] as Record<string, unknown>;
    expect(line).toMatchObject({
      action: operation.replaceAll(/\{(\w+)\}/g, ':$1'),
      path: `/api/v1${path}`,
      actor: 'bootstrap',
      address: '127.0.0.1',
      at: expect.any(String),
      target: expect.any(String),
      statusCode: answer.code,
    });
    const { before, after } = line;
    expect([typeof before, before === null]).toEqual(['object', effect === 'makes']);
    expect([typeof after, after === null]).toEqual(['object', effect === 'removes']);
    expect(before).not.toEqual(after);
  });

  it('says that a secret was changed, by its fingerprint', async () => {
    const slug = await source();
    await made(`/sources/${slug}`, { secrets: ['whsec_another_one'] }, 'PATCH');
    const { data } = await router.api(`/audit?target=${slug}&limit=1`);
    const { before, after } = data[0] as Record<string, { secretsFingerprint: string }>;
    expect(before?.secretsFingerprint).toMatch(/^[0-9a-f]{12}$/);
    expect(after?.secretsFingerprint).not.toBe(before?.secretsFingerprint);
  });

  it('and no secret', async () => {
    const { rows } = await database.pool.query('SELECT a::text AS line FROM hookyard.audit a');
    const all = rows.map(({ line }) => String(line)).join('\n');
    expect(all).toContain('signingSecrets');
    expect(all).not.toContain(SECRET);
    expect(all).not.toContain(signing);
  });
});
