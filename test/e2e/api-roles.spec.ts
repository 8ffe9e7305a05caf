import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { apiCall, makeKey } from '../support/api-call.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

/** Who may call what: the least role. An endpoint that is not in here fails the test, so nothing is opened by mistake. */
const WHO_MAY: Readonly<Record<string, 'viewer' | 'operator' | 'admin'>> = {
  'GET /alerts': 'viewer',
  'GET /alerts/channels': 'viewer',
  'GET /api-keys': 'admin',
  'POST /api-keys': 'admin',
  'DELETE /api-keys/{id}': 'admin',
  'GET /audit': 'admin',
  'GET /deliveries': 'viewer',
  'GET /deliveries/{id}': 'viewer',
  'POST /deliveries/{id}/cancel': 'operator',
  'POST /deliveries/{id}/release': 'operator',
  'POST /deliveries/{id}/retry': 'operator',
  'GET /destinations': 'viewer',
  'POST /destinations': 'admin',
  'GET /destinations/{name}': 'viewer',
  'PATCH /destinations/{name}': 'admin',
  'DELETE /destinations/{name}': 'admin',
  'POST /destinations/{name}/breaker': 'operator',
  'POST /destinations/{name}/pause': 'operator',
  'POST /destinations/{name}/resume': 'operator',
  'POST /destinations/{name}/test': 'operator',
  'GET /erasures': 'admin',
  'POST /erasures': 'admin',
  'GET /erasures/{id}': 'admin',
  'GET /events': 'viewer',
  'GET /events/{id}': 'viewer',
  'GET /events/{id}/raw': 'viewer',
  'GET /events/{id}/readings': 'viewer',
  'POST /events/{id}/erase': 'admin',
  'POST /events/{id}/replay': 'operator',
  'GET /issues': 'viewer',
  'GET /issues/{id}': 'viewer',
  'POST /issues/{id}/acknowledge': 'operator',
  'GET /issues/{id}/dead-letters': 'viewer',
  'POST /issues/{id}/ignore': 'operator',
  'POST /issues/{id}/reopen': 'operator',
  'POST /issues/{id}/resolve': 'operator',
  'GET /rejections': 'viewer',
  'GET /rejections/{id}': 'viewer',
  'GET /rejections/{id}/raw': 'operator',
  'GET /rejections/{id}/headers': 'operator',
  'POST /rejections/{id}/reverify': 'operator',
  'GET /replays': 'viewer',
  'POST /replays': 'operator',
  'GET /replays/{id}': 'viewer',
  'POST /replays/{id}/cancel': 'operator',
  'POST /replays/{id}/pause': 'operator',
  'POST /replays/{id}/resume': 'operator',
  'GET /routes': 'viewer',
  'POST /routes': 'admin',
  'GET /routes/{id}': 'viewer',
  'PATCH /routes/{id}': 'admin',
  'DELETE /routes/{id}': 'admin',
  'GET /sources': 'viewer',
  'POST /sources': 'admin',
  'GET /sources/{slug}': 'viewer',
  'PATCH /sources/{slug}': 'admin',
  'DELETE /sources/{slug}': 'admin',
  'POST /sources/{slug}/pause': 'operator',
  'POST /sources/{slug}/resume': 'operator',
  'GET /stats': 'viewer',
  'GET /stream': 'viewer',
};
const ROLES = ['viewer', 'operator', 'admin'] as const;

describe('every endpoint of the OpenAPI document', () => {
  let database: TestDatabase;
  let router: TestRouter;
  let operations: { method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; path: string; name: string; role: string }[] =
    [];
  const keys: Record<string, string> = {};
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({ databaseUrl: database.url, env: { HOOKYARD_API_RATE: '10000/s' } });
    const response = await request(`${router.managementUrl}/api/openapi.json`);
    const document = (await response.body.json()) as { paths: Record<string, Record<string, { 'x-role': string }>> };
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase() as 'GET',
        path: path.replace('/api/v1', ''),
        name: `${method.toUpperCase()} ${path.replace('/api/v1', '')}`,
        role: operation['x-role'],
      })),
    );
    for (const role of ROLES) keys[role] = (await makeKey(router.managementUrl, role)).key;
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  /** A stream that is granted has no end; of an unknown field it has none either. */
  const toNothing = (path: string): string =>
    path === '/stream' ? '/stream?nothing=1' : path.replaceAll(/\{\w+\}/g, 'nothing');

  /** A path to nothing: the role is looked at before anything else. */
  const call = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, key: string | undefined) =>
    apiCall(router.managementUrl, method, toNothing(path), {
      key,
      ...(method === 'GET' ? {} : { body: { nothing: true } }),
    });

  it('is in the table of who may, and the document says the same', () => {
    expect(Object.fromEntries(operations.map(({ name, role }) => [name, role]))).toEqual(WHO_MAY);
  });

  it('is shut without a key', async () => {
    for (const { method, path, name } of operations) {
      const { code, body } = await call(method, path, undefined);
      expect([name, code, body.errors[0]?.code]).toEqual([name, 401, 'UNAUTHORIZED']);
    }
  });

  it.each(ROLES)(
    'lets a key with the role %s do what its role may, and answers 403 in the envelope else',
    async (role) => {
      for (const { method, path, name } of operations) {
        const may = ROLES.indexOf(role) >= ROLES.indexOf(WHO_MAY[name] ?? 'admin');
        const { code, body } = await call(method, path, keys[role]);
        expect([name, code === 403]).toEqual([name, !may]);
        if (!may) {
          expect(body).toEqual({
            status: 'error',
            data: null,
            errors: [{ code: 'FORBIDDEN', message: expect.stringContaining(String(WHO_MAY[name])) }],
          });
        }
        expect([name, code < 500]).toEqual([name, true]);
      }
    },
  );

  it('has pages to read that need nothing from elsewhere', async () => {
    const { statusCode, headers, body } = await request(`${router.managementUrl}/api/docs`);
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(await body.text()).toContain('/api/v1/deliveries/{id}/retry');
  });
});
