import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RunSql } from '../../src/operations/api-database.js';
import { deliveryFilterQuery, deliveryList, type DeliveryQuery } from '../../src/operations/lists/delivery-list.js';
import { eventFilterQuery } from '../../src/operations/lists/event-filters.js';
import { eventList, suspicionQuery } from '../../src/operations/lists/event-list.js';
import type { ListSpec } from '../../src/operations/lists/list-spec.js';
import { auditList, rejectionList, statusList } from '../../src/operations/lists/other-lists.js';
import { plansOf } from '../support/list-plan.js';
import { fillWithMany } from '../support/many-rows.js';
import { startRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(180_000);

const ROWS = 200_000;
const HOURS = 45;
/** 10,001; what nearly all have may be read in the order of ids, past the few that have it not. */
const MOST = 10_500;
/** Few of all, so that reading through the table for them would be a long way. */
const RARE = Math.round(ROWS / 1_000);

type EventQuery = Parameters<typeof eventList>[1];

/** A rare value of every filter on events, and the index that must find it. */
const EVENTS: Record<keyof typeof eventFilterQuery | keyof typeof suspicionQuery | 'body', [string, RegExp]> = {
  source: ['telegram', /event_search_\d+_source_id_id_idx/],
  sourceType: ['telegram', /event_search_\d+_source_id_id_idx/],
  type: ['rare.thing', /event_search_\d+_type_id_idx/],
  subject: ['sub_rare', /event_search_\d+_subject_id_idx/],
  tenant: ['acme', /event_search_\d+_tenant_id_idx/],
  externalId: ['many_9', /event_source_external_id_key/],
  suspectedReplay: ['true', /event_suspected_replay_idx/],
  verified: ['false', /event_refusal_idx/],
  body: ['{"kind":"rare"}', /event_search_\d+_document_idx/],
};

/** The same of deliveries; without an index: no list finds what is rare by this alone, and says 422. */
const DELIVERIES: Record<keyof typeof deliveryFilterQuery, [string, RegExp | undefined]> = {
  status: ['dead', /delivery_dead_idx/],
  destination: ['quiet', /delivery_search_\d+_destination_id_id_idx/],
  event: [`evt_${'0'.repeat(32)}`, /delivery_event_destination_replay_key/],
  attempts: ['9', undefined],
  responseClass: ['5xx', undefined],
  errorClass: ['TIMEOUT', undefined],
};

/** Filters that are not of one row in a thousand, and several at once. */
const MORE: { events: EventQuery[]; deliveries: DeliveryQuery[] } = {
  events: [
    {},
    { source: 'stripe' },
    { type: '*.thing' },
    { type: 'rare.*' },
    { type: 'invoice.paid', tenant: 'acme' },
    { type: 'rare.thing', source: 'stripe', body: '{"kind":"rare"}' },
    { from: new Date(Date.now() - 3_600_000), type: 'invoice.paid' },
    { suspectedReplay: 'false', verified: 'true' },
  ],
  deliveries: [
    {},
    { status: 'pending' },
    { status: 'claimed' },
    { status: 'held' },
    { status: 'cancelled' },
    { status: 'superseded' },
    { status: 'delivered' },
    { status: 'dead', destination: 'busy' },
    { status: 'held', destination: 'busy' },
    { status: 'pending', destination: 'busy' },
    { externalId: 'many_9' },
    { type: 'rare.thing' },
    { type: '*.thing', destination: 'busy' },
    { tenant: 'acme', status: 'dead' },
    { body: '{"kind":"rare"}' },
    { responseClass: '5xx', attempts: '3+' },
  ],
};

describe('lists over 200,000 rows', () => {
  let database: TestDatabase;
  const run: RunSql = async <Row>(sql: string, values: readonly unknown[] = []) =>
    (await database.pool.query(sql, [...values])).rows as Row[];
  beforeAll(async () => {
    database = await createTestDatabase();
    // For its migrations and sources only; a worker would take the deliveries for work.
    const router = await startRouter({ databaseUrl: database.url, env: { HOOKYARD_ROLE: 'intake,api' } });
    await router.close();
    await fillWithMany(database.pool, ROWS, HOURS);
    await database.pool.query(
      `INSERT INTO hookyard.audit (id, at, actor, role, address, action, path, target)
       SELECT e.id, e.received_at, CASE WHEN n % 1000 = 0 THEN 'rare' ELSE 'bootstrap' END, 'admin', '', '', '',
         CASE WHEN n % 1000 = 1 THEN 'rare' ELSE 'billing' END
       FROM (SELECT *, row_number() OVER () AS n FROM hookyard.event) e`,
    );
    await database.pool.query(
      `INSERT INTO hookyard.rejection (id, source_id, received_at, expires_at, reason, detail, near_miss, body_length, body_cut, request_sealed)
       SELECT e.id, CASE WHEN n % 1000 = 0 THEN (SELECT max(id) FROM hookyard.source) ELSE source_id END, e.received_at, e.received_at,
         CASE WHEN n % 1000 = 1 THEN 'stale' ELSE 'mismatch' END, '', false, 0, false, ''
       FROM (SELECT *, row_number() OVER () AS n FROM hookyard.event) e`,
    );
    await database.pool.query('VACUUM ANALYZE hookyard.audit');
    await database.pool.query('VACUUM ANALYZE hookyard.rejection');
  });
  afterAll(() => database.drop());

  /** Holds every statement of a list to its bound; gives the indexes that they used. */
  const hold = async (spec: ListSpec): Promise<string[]> => {
    const plans = await plansOf(database.pool, spec);
    for (const { statement, readWhole, looked, text } of plans) {
      const large = readWhole.filter((table) => !['source', 'destination'].includes(table));
      expect({ statement, large, isBounded: looked <= MOST, text }).toEqual({
        statement,
        large: [],
        isBounded: true,
        text,
      });
    }
    return plans.flatMap(({ indexes }) => indexes);
  };

  it.each(Object.entries(EVENTS))(
    'find events by %s through an index, and look at no more',
    async (name, [value, index]) => {
      const spec = await eventList(run, { [name]: value });
      expect((await hold(spec)).filter((used) => index.test(used))).not.toEqual([]);
    },
  );

  it.each(Object.entries(DELIVERIES))(
    'find deliveries by %s through an index or look at 10,000, and no more',
    async (name, [value, index]) => {
      const used = await hold(await deliveryList(run, { [name]: value }));
      expect(index === undefined || used.some((each) => index.test(each))).toBe(true);
    },
  );

  it.each(MORE.events)('look at no more than 10,000 events for %j', async (query) => {
    await hold(await eventList(run, query));
  });

  it.each(MORE.deliveries)('look at no more than 10,000 deliveries for %j', async (query) => {
    await hold(await deliveryList(run, query));
  });

  const others: [string, () => Promise<ListSpec>, RegExp][] = [
    ['the audit log', async () => auditList({}), /audit_pkey/],
    ['the audit log by actor', async () => auditList({ actor: 'rare' }), /audit_actor_idx/],
    ['the audit log by target', async () => auditList({ target: 'rare' }), /audit_target_idx/],
    ['the audit log by both', async () => auditList({ target: 'billing', actor: 'rare' }), /audit_(target_idx|pkey)/],
    ['rejections', () => rejectionList(run, {}), /rejection_pkey/],
    ['rejections by reason', () => rejectionList(run, { reason: 'stale' }), /rejection_reason_idx/],
    ['rejections of a source', () => rejectionList(run, { source: 'telegram' }), /rejection_source_id_idx/],
    [
      'rejections of a time',
      () => rejectionList(run, { from: new Date(Date.now() - 3_600_000), reason: 'stale' }),
      /rejection_(reason_idx|pkey)/,
    ],
    ['replays by status', async () => statusList('hookyard.replay', 'paused'), /replay_status_idx/],
    ['erasures by status', async () => statusList('hookyard.erasure', 'finished'), /erasure_status_idx/],
    ['API keys', async () => statusList('hookyard.api_key', undefined), /api_key_pkey/],
  ];
  it.each(others)('read %s through an index', async (_name, make, index) => {
    expect((await hold(await make())).filter((used) => index.test(used))).not.toEqual([]);
  });

  it('would catch a list that reads through a table for what is rare', async () => {
    const spec: ListSpec = {
      table: 'hookyard.event',
      driver: [(param) => `w.tenant = ${param('acme')}`],
      filters: [],
      range: { fromId: undefined, toId: undefined, exact: [] },
    };
    const plans = await plansOf(database.pool, spec);
    expect(plans.find(({ statement }) => statement === 'walk')?.looked).toBeGreaterThan(RARE * 100);
  });
});
