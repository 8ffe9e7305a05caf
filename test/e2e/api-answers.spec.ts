import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { managementControllers } from '../../src/operations/management-controllers.js';
import { endpointsOf, type Endpoint } from '../../src/operations/openapi/endpoints.js';
import { RejectionSampler } from '../../src/rejections/rejection-sampler.js';
import { apiCall, makeKey } from '../support/api-call.js';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook, telegramWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(90_000);

/** Of these there is something to see, made below. */
const SEEDED = ['api-keys', 'audit', 'deliveries', 'destinations', 'events', 'rejections', 'replays', 'sources'];

const page = z.strictObject({
  next: z.string().nullable(),
  prev: z.string().nullable(),
  total: z.int(),
  totalIsExact: z.boolean(),
  searchLagMs: z.int().optional(),
});

describe('what the API answers', () => {
  const endpoints = endpointsOf(managementControllers);
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  let event: string;
  let delivery: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    receiver.answer = 410;
    router = await startRouter({
      databaseUrl: database.url,
      yaml: destinationYaml('billing', receiver.url),
    });
    event = await accepted(router, 'stripe', stripeWebhook('evt_answered'));
    delivery = (await settledDelivery(router, event, 'billing')).id;
    await accepted(router, 'telegram', telegramWebhook(7));
    await send(router.ingress('stripe'), stripeWebhook('evt_wrong', 'invoice.paid', { secret: 'whsec_wrong' }));
    await router.app.get(RejectionSampler).drain();
    await makeKey(router.managementUrl, 'viewer', { notAfter: '2100-01-01T00:00:00Z' });
    await made('POST', '/replays', { mode: 'retry', filter: { errorClass: 'none' } });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  const made = async (method: 'POST' | 'DELETE', path: string, body?: object) => {
    const answer = await apiCall(router.managementUrl, method, path, { body });
    expect([path, answer.code, answer.body.errors]).toEqual([path, expect.any(Number), []]);
    return answer.body;
  };
  const isList = ({ description, query }: Endpoint): boolean =>
    description?.list ?? 'limit' in ((query as z.ZodObject | undefined)?.shape ?? {});

  /** Exactly what the schema says: read by it and written again, it is the same; so it has no field more and none less. */
  const expectDescribed = (
    endpoint: Endpoint,
    { data, page: shown, ...rest }: object & Record<string, unknown>,
  ): void => {
    const { operationId, description } = endpoint;
    const one = description?.answer as z.ZodType;
    const schema = isList(endpoint) ? z.array(one) : one;
    const read = z.safeDecode(schema, data as never);
    expect([operationId, read.error?.issues ?? []]).toEqual([operationId, []]);
    expect([operationId, z.encode(schema, read.data)]).toEqual([operationId, data]);
    expect([operationId, rest]).toEqual([operationId, { status: 'ok', errors: [] }]);
    if (isList(endpoint)) page.parse(shown);
    else expect([operationId, shown]).toEqual([operationId, undefined]);
  };
  const named = (operationId: string): Endpoint =>
    endpoints.find((endpoint) => endpoint.operationId === operationId) as Endpoint;

  it('is what the document says, to every GET', async () => {
    const seen: string[] = [];
    for (const endpoint of endpoints) {
      if (endpoint.method !== 'GET' || endpoint.description?.mediaType) continue;
      const path = endpoint.path.replace('/api/v1', '');
      const [list = '', afterwards] = path.split(/\{\w+\}/);
      const rows = afterwards === undefined ? [] : (await router.api(list.slice(0, -1))).data;
      const found: unknown = rows[0]?.['id'] ?? rows[0]?.['slug'] ?? rows[0]?.['name'];
      const first = afterwards === undefined ? '' : typeof found === 'number' ? found.toFixed() : found;
      if (typeof first !== 'string') continue;
      const { code, body } = await apiCall(router.managementUrl, 'GET', list + first + (afterwards ?? ''));
      expect([path, code]).toEqual([path, 200]);
      expectDescribed(endpoint, { ...body });
      if (!Array.isArray(body.data) || body.data.length > 0) seen.push(endpoint.operationId);
    }
    const expected = endpoints.filter(
      ({ method, path, description }) =>
        method === 'GET' && !description?.mediaType && SEEDED.includes(path.split('/')[3] ?? ''),
    );
    const missed = expected.map(({ operationId }) => operationId).filter((id) => !seen.includes(id));
    // No replay has read an event anew here.
    expect(missed).toEqual(['eventsReadings']);
  });

  it('is what the document says, to what operators and admins do', async () => {
    const answers: [string, object & Record<string, unknown>][] = [
      ['eventsReplay', { ...(await made('POST', `/events/${event}/replay`, { renormalise: true })) }],
      ['eventsReplay', { ...(await made('POST', `/events/${event}/replay`, { dryRun: true })) }],
      ['eventsReadings', { ...(await router.api<object>(`/events/${event}/readings`)) }],
      ['replaysCreate', { ...(await made('POST', '/replays', { mode: 'retry', dryRun: true })) }],
      ['replaysCreate', { ...(await made('POST', '/replays', { mode: 'replay', filter: { from: hourAgo() } })) }],
      [
        'replaysCreate',
        { ...(await made('POST', '/replays', replayed({ renormalise: true, onlyChanged: false, dryRun: true }))) },
      ],
      ['deliveriesRetry', { ...(await made('POST', `/deliveries/${delivery}/retry`)) }],
      ['destinationsPause', { ...(await made('POST', '/destinations/billing/pause', { reason: 'a try' })) }],
      ['destinationsResume', { ...(await made('POST', '/destinations/billing/resume')) }],
      ['destinationsTest', { ...(await made('POST', '/destinations/billing/test')) }],
      ['destinationsTest', { ...(await made('POST', '/destinations/billing/test', { event })) }],
      ['destinationsBreaker', { ...(await made('POST', '/destinations/billing/breaker', { state: 'open' })) }],
      ['apiKeysCreate', { ...(await made('POST', '/api-keys', { label: 'mine', role: 'viewer' })) }],
    ];
    for (const [operationId, answer] of answers) expectDescribed(named(operationId), answer);
  });
});

const hourAgo = (): string => new Date(Date.now() - 3_600_000).toISOString();
const replayed = (more: object): object => ({ mode: 'replay', filter: { from: hourAgo() }, ...more });
