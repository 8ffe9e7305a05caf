import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { apiCall, makeKey } from '../support/api-call.js';
import { API_KEY, destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(90_000);

describe('the management API under attack', () => {
  let database: TestDatabase;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({
      databaseUrl: database.url,
      env: { HOOKYARD_API_RATE: '10000/s', HOOKYARD_ROLE: 'intake,api' },
      yaml: destinationYaml('billing', 'http://127.0.0.1:9/'),
    });
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  const get = async (path: string) => {
    const { code, body } = await apiCall(router.managementUrl, 'GET', path);
    return [code, body.errors[0]?.code];
  };
  const post = async (path: string, body: string | Buffer, headers: Record<string, string | string[]> = {}) => {
    const response = await request(`${router.managementUrl}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...headers },
      body,
    });
    const answer = (await response.body.json()) as { errors: { code: string; message: string }[] };
    return { code: response.statusCode, error: answer.errors[0]?.code, text: JSON.stringify(answer) };
  };
  const cursor = (text: string): string => Buffer.from(text, 'latin1').toString('base64url');

  it.each([
    ['a cursor of another shape', `/events?cursor=${cursor("a' OR 1=1 --")}`, 'INVALID_CURSOR'],
    [
      'a cursor with a line feed at its end',
      `/events?cursor=${cursor('a00000000-0000-0000-0000-000000000000\n')}`,
      'INVALID_CURSOR',
    ],
    ['two cursors', `/events?cursor=${cursor('x')}&cursor=${cursor('y')}`, 'INVALID_REQUEST'],
    ['a parameter named like a constructor', '/events?constructor=1&toString=2', 'INVALID_REQUEST'],
    ['a parameter with brackets', '/events?source[$ne]=x', 'INVALID_REQUEST'],
    ['a limit that is no number', '/events?limit=1e999', 'INVALID_REQUEST'],
    ['NUL in a filter', '/events?subject=%00', 'INVALID_REQUEST'],
    ['NUL in a filter of the audit log', '/audit?target=%00', 'INVALID_REQUEST'],
  ])('refuses %s', async (_name, path, error) => {
    expect(await get(path)).toEqual([400, error]);
  });

  it.each([
    ['a cursor into nowhere', `/events?cursor=${cursor('affffffff-ffff-ffff-ffff-ffffffffffff')}`],
    [
      'SQL in every filter',
      `/deliveries?type=${encodeURIComponent("x' OR '1'='1")}&destination=${encodeURIComponent("'; DROP TABLE hookyard.event")}`,
    ],
    ['a parameter named like a prototype', '/events?__proto__=1'],
    ['bytes that are no UTF-8', '/events?subject=%ED%A0%80%FF'],
    ['nothing but wildcards', `/events?type=${'*'.repeat(250)}`],
    ['wildcards between letters', `/events?type=${'*a'.repeat(120)}`],
  ])('takes %s for what it is, and answers', async (_name, path) => {
    expect(await get(path)).toEqual([200, undefined]);
  });

  it.each([
    '%00',
    '%2e%2e%2f',
    '%ED%A0%80',
    "'",
    '1e1',
    '-1',
    '9'.repeat(80),
    '%F0%9F%92%A9',
    'constructor',
    '__proto__',
  ])('knows nothing named %s', async (name) => {
    for (const resource of [
      'events',
      'deliveries',
      'rejections',
      'replays',
      'issues',
      'sources',
      'destinations',
      'routes',
    ]) {
      const [code] = await get(`/${resource}/${name}`);
      // 400: what cannot be a path at all.
      expect([resource, code === 404 || (name.startsWith('%ED') && code === 400)]).toEqual([resource, true]);
    }
  });

  it.each([
    ['/api-keys', '{"label":"%","role":"viewer"}'],
    ['/destinations', '{"name":"%","url":"https://example.com/"}'],
    ['/destinations', '{"name":"a","url":"https://example.com/","headers":{"x-a":"%"}}'],
    ['/sources', '{"slug":"a","type":"stripe","secrets":["%"]}'],
    ['/routes', '{"source":"stripe","to":"billing","types":["%"]}'],
    ['/routes', '{"source":"stripe","to":"billing","filter":{"data.a":"%"}}'],
    ['/routes', '{"source":"stripe","to":"billing","filter":{"data.%":1}}'],
    ['/replays', '{"mode":"retry","filter":{"type":"%"}}'],
    ['/replays', '{"mode":"retry","filter":{"source":"%"}}'],
    ['/erasures', '{"tenant":"%"}'],
    ['/destinations/billing/pause', '{"reason":"%"}'],
  ])('refuses text that no database keeps in the body of POST %s', async (path, body) => {
    for (const bad of ['\\u0000', '\\ud800', 'a\\udc00b']) {
      const { code, error } = await post(path, body.replace('%', bad));
      expect([body, bad, code, error]).toEqual([body, bad, 400, 'INVALID_REQUEST']);
    }
  });

  it('refuses what is nested without end, with an Idempotency-Key too', async () => {
    const deep = '['.repeat(400_000) + ']'.repeat(400_000);
    const objects = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    for (const body of [deep, `{"label":${deep}}`, `{"label":${objects}}`]) {
      for (const headers of [{}, { 'idempotency-key': 'deep' }] as Record<string, string>[]) {
        expect((await post('/api-keys', body, headers)).code).toBe(400);
      }
    }
  });

  it.each([
    ['__proto__', '{"__proto__":{"role":"admin"},"label":"a","role":"viewer"}'],
    ['constructor', '{"constructor":{"prototype":{"role":"admin"}},"label":"a","role":"viewer"}'],
    ['a role of its own', '{"label":"a","role":"root"}'],
    ['a role that objects have', '{"label":"a","role":"constructor"}'],
    ['more than a key has', '{"label":"a","role":"viewer","key":"hky_mine"}'],
    ['two roles', '{"label":"a","role":["viewer","admin"]}'],
  ])('makes no key by %s', async (_name, body) => {
    expect((await post('/api-keys', body)).code).toBe(400);
  });

  it('lets nobody make a key who is no admin, and an admin none that lives for ever after it is revoked', async () => {
    const { key } = await makeKey(router.managementUrl, 'operator');
    for (const role of ['viewer', 'operator', 'admin']) {
      const { code } = await apiCall(router.managementUrl, 'POST', '/api-keys', { key, body: { label: 'up', role } });
      expect([role, code]).toEqual([role, 403]);
    }
  });

  it.each([
    ['text', 'text/plain', 400],
    ['a form', 'application/x-www-form-urlencoded', 415],
    ['parts', 'multipart/form-data; boundary=x', 415],
    ['the type of the ingress', 'application/x-hookyard-ingress', 400],
    ['JSON said to be of another charset', 'application/json; charset=utf-16', 201],
  ])('takes a body for JSON only: %s', async (_name, contentType, status) => {
    const { code } = await post('/api-keys', '{"label":"typed","role":"viewer"}', { 'content-type': contentType });
    expect(code).toBe(status);
  });

  it('refuses bodies that are compressed or no UTF-8', async () => {
    const { gzipSync } = await import('node:zlib');
    const body = '{"label":"small","role":"viewer"}';
    expect((await post('/api-keys', gzipSync(body), { 'content-encoding': 'gzip' })).code).toBe(400);
    expect((await post('/api-keys', Buffer.from('{"label":"\xff\xfe"', 'latin1'))).code).toBe(400);
  });

  it.each([
    ['nothing', ''],
    ['a space', 'a b'],
    ['bytes beyond ASCII', '\xe4'],
    ['256 characters', 'k'.repeat(256)],
    ['two at once', ['a', 'b']],
  ])('refuses an Idempotency-Key of %s, and repeats none of it', async (_name, key) => {
    const { code, error, text } = await post('/api-keys', '{"label":"x","role":"viewer"}', { 'idempotency-key': key });
    expect([code, error]).toEqual([400, 'INVALID_REQUEST']);
    expect(text).not.toContain('kkkk');
  });

  it('answers a query of 15,000 characters, and refuses a longer head', async () => {
    expect((await get(`/events?subject=${'s'.repeat(15_000)}`))[0]).toBe(400);
    const { statusCode, body } = await request(`${router.managementUrl}/api/v1/events?x=${'x'.repeat(40_000)}`);
    await body.dump();
    expect([400, 414, 431]).toContain(statusCode);
  });
});
