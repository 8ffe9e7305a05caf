import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { defineSource } from '../../src/sources/define-source.js';
import { field, textOf } from '../../src/sources/field.js';
import { unverified } from '../../src/sources/schemes/unverified.js';
import type { SourceDescription } from '../../src/sources/source.js';
import { operate } from '../support/operate.js';
import { Receiver } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const common = {
  type: 'acme',
  docs: 'https://acme.example/webhooks',
  scheme: unverified({ because: 'a test' }),
  headers: { keep: ['acme-kind'] },
};
/** Looked for everything in the wrong place; but the tenant was in a header that it did not keep. */
const BEFORE = defineSource({
  ...common,
  externalId: ({ payload }) => textOf(field(payload, 'ident')),
  eventType: ({ payload, headers }) => headers['acme-kind'] ?? textOf(field(payload, 'kind')),
  tenant: ({ headers }) => headers['acme-tenant'],
});
/** What the present code says. */
const AFTER = defineSource({
  ...common,
  externalId: ({ payload }) => textOf(field(payload, 'id')),
  eventType: ({ payload, headers }) => headers['acme-kind'] ?? textOf(field(payload, 'type')),
  subject: ({ payload }) => textOf(field(payload, 'order')),
  tenant: ({ headers }) => headers['acme-tenant'],
});

interface Shown {
  readonly replayId: string | null;
  readonly destinations: string[];
  readonly changes: { field: string; before: unknown; after: unknown }[];
  readonly total: number;
  readonly id: string;
  readonly status: string;
  readonly processed: number;
  readonly deliveries: number;
  readonly skippedBecause: Record<string, number>;
  readonly renormalised: Record<string, unknown>;
}

describe('re-normalising', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  const ids: string[] = [];
  const from = new Date(Date.now() - 3_600_000).toISOString();

  const start = (description: SourceDescription): Promise<TestRouter> =>
    startRouter({
      databaseUrl: database.url,
      sourcesYaml: 'version: 1\nsources:\n  - { slug: acme, type: acme }\n',
      yaml: `destinations:
  - { name: orders, url: "${receiver.url}/orders", allowPrivateNetwork: true }
  - { name: all, url: "${receiver.url}/all", allowPrivateNetwork: true }
routes:
  - { source: acme, types: ["order.*"], to: orders }
  - { source: acme, to: all }
`,
      options: { sources: [description] },
    });
  const post = async (body: object, headers: Record<string, string> = {}): Promise<string> => {
    const response = await request(router.ingress('acme'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'acme-tenant': 'north', ...headers },
      body: JSON.stringify(body),
    });
    return ((await response.body.json()) as { id: string }).id;
  };
  const ask = (path: string, body: unknown) => operate<Shown>(router, 'POST', path, body);
  const event = async (id: string): Promise<Record<string, unknown>> =>
    (await operate(router, 'GET', `/events/${id}`)).data;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await start(BEFORE);
    for (const n of [1, 2, 3]) ids.push(await post({ id: `a-${n}`, type: 'order.paid', order: `o-${n}` }));
    // Read rightly then and now; and one of which nothing can be told, then or now.
    ids.push(await post({ ident: 'b-1', id: 'b-1' }, { 'acme-kind': 'ping' }), await post({ nothing: true }));
    await router.close();
    router = await start(AFTER);
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  it('shows in a dry run which events would change, field by field, and changes nothing', async () => {
    const one = await ask(`/events/${ids[0]}/replay`, { renormalise: true, dryRun: true });
    expect(one.data.destinations).toEqual(['all', 'orders']);
    expect(one.data.changes).toEqual([
      { field: 'externalId', before: expect.stringMatching(/^sha256:/), after: 'a-1' },
      { field: 'type', before: 'unparsed', after: 'order.paid' },
      { field: 'subject', before: null, after: 'o-1' },
    ]);
    const { code, data } = await ask('/replays', {
      mode: 'replay',
      renormalise: true,
      filter: { source: 'acme', from },
      dryRun: true,
    });
    expect([code, data.total]).toEqual([200, 5]);
    expect(data.renormalised).toEqual({
      read: 5,
      complete: true,
      changed: 3,
      unchanged: 2,
      unreadable: 0,
      bodyGone: 0,
      changedFields: { externalId: 3, type: 3, subject: 3 },
      sample: [0, 1, 2].map((n) => ({ eventId: ids[n], changes: expect.any(Array) })),
    });
    const { rows } = await database.pool.query('SELECT 1 FROM hookyard.delivery WHERE replay_id <> $1', [
      '00000000-0000-0000-0000-000000000000',
    ]);
    expect(rows).toEqual([]);
  });

  it('delivers an unparsed event with what is read now, to where its routes send that', async () => {
    const id = String(ids[0]);
    const { code, data } = await ask(`/events/${id}/replay`, { renormalise: true });
    expect([code, data.destinations]).toEqual([200, ['all', 'orders']]);
    const sent = await until('it is there', () =>
      receiver.received.find(({ path, headers }) => path.endsWith('/orders') && headers['webhook-id'] === id),
    );
    expect(sent.headers['hookyard-replay']).toBe('true');
    // What could be told only from a header that was not kept has kept its value.
    expect(JSON.parse(sent.body.toString())).toMatchObject({
      id,
      type: 'acme.order.paid',
      subject: 'o-1',
      externalid: 'a-1',
      tenant: 'north',
      data: { id: 'a-1', order: 'o-1' },
    });
    // The event is what it was.
    expect(await event(id)).toMatchObject({ id, type: 'unparsed', subject: null });
    const readings = await operate<object[]>(router, 'GET', `/events/${id}/readings`);
    expect(readings.data).toEqual([
      expect.objectContaining({ replayId: data.replayId, type: 'order.paid', subject: 'o-1', externalId: 'a-1' }),
    ]);
    expect((await operate(router, 'GET', `/events/${ids[4]}/readings`)).data).toEqual([]);
    expect((await operate(router, 'GET', '/events/evt_1/readings')).errors[0]?.code).toBe('EVENT_NOT_FOUND');
    // And a plain replay sends that.
    await ask(`/events/${id}/replay`, { destination: 'all' });
    const plain = await until('the plain one is there', () =>
      receiver.received.find(
        ({ path, headers, body }) =>
          path.endsWith('/all') && headers['webhook-id'] === id && body.toString().includes('acme.unparsed'),
      ),
    );
    expect(JSON.parse(plain.body.toString()).subject).toBeUndefined();
  });

  it('of many delivers those that change, and says what became of the others', async () => {
    const { code, data } = await ask('/replays', {
      mode: 'replay',
      renormalise: true,
      filter: { source: 'acme', from },
      destination: 'orders',
    });
    expect(code).toBe(202);
    const ended = await until('it is finished', async () => {
      const seen = (await operate<Shown>(router, 'GET', `/replays/${data.id}`)).data;
      return seen.status === 'finished' ? seen : undefined;
    });
    expect(ended).toMatchObject({ processed: 5, deliveries: 3, skippedBecause: { unchanged: 2 } });
    for (const n of [1, 2]) {
      const sent = await until('it is there', () =>
        receiver.received.find(({ path, headers }) => path.endsWith('/orders') && headers['webhook-id'] === ids[n]),
      );
      expect(JSON.parse(sent.body.toString())).toMatchObject({ type: 'acme.order.paid', subject: `o-${n + 1}` });
    }
    expect(receiver.received.some(({ headers }) => headers['webhook-id'] === ids[4])).toBe(false);
  });
});
