import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { request } from 'undici';
import { API_KEY, destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(120_000);

/** Per endpoint; the seed is printed when one fails. */
const RUNS = 40;

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { content: { 'application/json': { schema: { properties?: object } } } };
}

describe('generated garbage, thrown at every endpoint', () => {
  let database: TestDatabase;
  let router: TestRouter;
  let ids: Record<string, string> = {};
  let operations: [string, string, Operation][] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({
      databaseUrl: database.url,
      yaml: destinationYaml('inbox', 'http://127.0.0.1:9/'),
      env: { HOOKYARD_API_RATE: '100000/s' },
    });
    const { json } = await send(router.ingress('stripe'), stripeWebhook('evt_fuzz'));
    const { data } = await router.api(`/events/${json?.id}`);
    const [delivery] = data['deliveries'] as { id: string }[];
    ids = { event: String(json?.id), delivery: String(delivery?.id), name: 'inbox' };
    const response = await request(`${router.managementUrl}/api/openapi.json`);
    const document = (await response.body.json()) as { paths: Record<string, Record<string, Operation>> };
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
        method.toUpperCase(),
        path,
        operation,
      ]),
    );
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  const strange = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '',
      '0',
      '-1',
      '1e9',
      '99999999999999999999',
      'null',
      'true',
      '[]',
      '{}',
      '{"a":',
      '{"a":1}',
      '%',
      '\0',
      "' OR 1=1 --",
      '../..',
      '*',
      '**',
      '\\',
      'é',
      '\ud83d\ude00',
      'evt_',
      'a'.repeat(600),
      '2026-01-01T00:00:00Z',
      '2026-99-01T00:00:00Z',
      '+275760-09-13T00:00:00Z',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
      '3+',
      '{"a":1e400}',
      '{"a":1e-30000}',
      '{"a":"\\ud800"}',
      '__proto__',
    ),
  );
  const json = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.constantFrom<unknown>({ __proto__: null }, { filter: { body: { a: 1e308 } } }, { reason: 'x'.repeat(10_000) }),
  );

  it('gets an answer in the envelope and never a 5xx', async () => {
    const seen = new Map<string, Set<number>>();
    for (const [method, path, operation] of operations) {
      const query = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
      const fields = Object.keys(operation.requestBody?.content['application/json'].schema.properties ?? {});
      const known = path.includes('/events')
        ? ids['event']
        : path.includes('/deliveries')
          ? ids['delivery']
          : ids['name'];
      const property = fc.asyncProperty(
        fc.oneof(strange, fc.constant(String(known))),
        fc.dictionary(fc.constantFrom(...query, 'unknown'), strange, { maxKeys: 4 }),
        fc.oneof(json, fc.dictionary(fc.constantFrom(...fields, 'unknown'), fc.oneof(json, strange), { maxKeys: 4 })),
        fc.oneof(fc.constant(undefined), strange),
        async (id, parameters, body, raw) => {
          const url = new URL(router.managementUrl);
          url.pathname = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(id.toWellFormed()));
          for (const [name, value] of Object.entries(parameters)) url.searchParams.append(name, value.toWellFormed());
          const response = await request(url, {
            method: method as 'GET',
            headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
            ...(method === 'GET' ? {} : { body: raw ?? JSON.stringify(body) ?? '' }),
          });
          // A stream that is granted has no end.
          const isEndless = response.headers['content-type'] === 'text/event-stream';
          if (isEndless) response.body.destroy();
          const text = isEndless ? '' : await response.body.text();
          const codes = seen.get(`${method} ${path}`) ?? new Set();
          seen.set(`${method} ${path}`, codes.add(response.statusCode));
          if (response.statusCode >= 500) throw new Error(`${response.statusCode} ${text}`);
          if (response.statusCode >= 400) {
            const answer = JSON.parse(text) as { status: string; errors: { code: string }[] };
            expect([answer.status, answer.errors[0]?.code]).toEqual(['error', expect.stringMatching(/^[A-Z_]+$/)]);
          }
        },
      );
      await fc.assert(property, { numRuns: RUNS });
    }
    expect(seen.size).toBe(operations.length);
  });
});
