import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { apiCall, makeKey } from '../support/api-call.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('API keys', () => {
  let database: TestDatabase;
  let router: TestRouter;
  let other: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({ databaseUrl: database.url });
    other = await startRouter({ databaseUrl: database.url, env: { HOOKYARD_API_RATE: '2/s' } });
  });
  afterAll(async () => {
    await router.close();
    await other.close();
    await database.drop();
  });

  it('are shown once, and stored as a digest only', async () => {
    const made = await apiCall(router.managementUrl, 'POST', '/api-keys', { body: { label: 'CI', role: 'operator' } });
    expect([made.code, made.body.data]).toEqual([
      201,
      expect.objectContaining({
        id: expect.stringMatching(/^key_/),
        label: 'CI',
        role: 'operator',
        createdBy: 'bootstrap',
      }),
    ]);
    const key = String(made.body.data['key']);
    expect(key).toMatch(/^hky_[\w-]{40}$/);
    const { rows } = await database.pool.query(
      `SELECT k.*, row_to_json(k)::text AS text FROM hookyard.api_key k WHERE label = 'CI'`,
    );
    expect(rows[0].key_sha256).toEqual(createHash('sha256').update(key).digest());
    expect(rows[0].text).not.toContain(key);
    const { rows: audited } = await database.pool.query('SELECT row_to_json(a)::text AS text FROM hookyard.audit a');
    expect(JSON.stringify(audited)).not.toContain(key);
    const list = await apiCall(router.managementUrl, 'GET', '/api-keys');
    expect(JSON.stringify(list.body)).not.toContain(key);
    expect(list.body.data).toContainEqual(expect.objectContaining({ label: 'CI', prefix: key.slice(0, 12) }));
  });

  it('open what their role may do and nothing more, whichever process is asked', async () => {
    const { key } = await makeKey(router.managementUrl, 'viewer');
    for (const base of [router.managementUrl, other.managementUrl]) {
      expect((await apiCall(base, 'GET', '/events', { key })).code).toBe(200);
      const refused = await apiCall(base, 'GET', '/api-keys', { key });
      expect([refused.code, refused.body]).toEqual([
        403,
        { status: 'error', data: null, errors: [{ code: 'FORBIDDEN', message: expect.any(String) }] },
      ]);
    }
  });

  it('open nothing once they are revoked, in any process, within two seconds', async () => {
    const { id, key } = await makeKey(router.managementUrl, 'viewer');
    const see = async (base: string): Promise<number> => (await apiCall(base, 'GET', '/events', { key })).code;
    expect([await see(router.managementUrl), await see(other.managementUrl)]).toEqual([200, 200]);
    const revoked = await apiCall(router.managementUrl, 'DELETE', `/api-keys/${id}`);
    expect(revoked.body.data['revokedAt']).toEqual(expect.any(String));
    for (const base of [router.managementUrl, other.managementUrl]) {
      await until('it is refused', async () => (await see(base)) === 401, 2_000);
    }
    const again = await apiCall(router.managementUrl, 'DELETE', `/api-keys/${id}`);
    expect(again.body.data['revokedAt']).toBe(revoked.body.data['revokedAt']);
  });

  it('end by themselves at the time they were given', async () => {
    const { key, id } = await makeKey(router.managementUrl, 'viewer', {
      notAfter: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect((await apiCall(router.managementUrl, 'GET', '/events', { key })).code).toBe(200);
    await database.pool.query(
      `UPDATE hookyard.api_key SET not_after = now() - interval '1 second' WHERE id = replace($1, 'key_', '')::uuid`,
      [id],
    );
    await until(
      'it is refused',
      async () => (await apiCall(router.managementUrl, 'GET', '/events', { key })).code === 401,
    );
  });

  it('show when they were used last, to the minute', async () => {
    const { key, id } = await makeKey(router.managementUrl, 'viewer');
    await apiCall(router.managementUrl, 'GET', '/events', { key });
    const { body } = await apiCall(router.managementUrl, 'GET', '/api-keys');
    const shown = body.data.find((row) => row['id'] === id);
    expect(Date.now() - Date.parse(String(shown?.['lastUsedAt']))).toBeLessThan(60_000);
  });

  const mistakes: [string, unknown][] = [
    ['no body', undefined],
    ['a role that there is not', { label: 'a', role: 'root' }],
    ['no label', { role: 'viewer' }],
    ['an empty label', { label: ' ', role: 'viewer' }],
    ['a label with NUL', { label: 'a\0b', role: 'viewer' }],
    ['an unknown field', { label: 'a', role: 'viewer', scope: 'all' }],
    ['an end in the past', { label: 'a', role: 'viewer', notAfter: '2020-01-01T00:00:00Z' }],
    ['an end that is no time', { label: 'a', role: 'viewer', notAfter: 'tomorrow' }],
    ['a list', []],
  ];
  it.each(mistakes)('are not made from %s', async (_name, body) => {
    const answer = await apiCall(router.managementUrl, 'POST', '/api-keys', { body });
    expect([answer.code, answer.body.errors[0]?.code]).toEqual([400, 'INVALID_REQUEST']);
  });

  it('that do not exist cannot be revoked', async () => {
    for (const id of ['key_1', `key_${'0'.repeat(32)}`]) {
      const { code, body } = await apiCall(router.managementUrl, 'DELETE', `/api-keys/${id}`);
      expect([code, body.errors[0]?.code]).toEqual([404, 'API_KEY_NOT_FOUND']);
    }
  });

  it('may ask so often and no more; then 429 says when to come back, and another key is not held up', async () => {
    const { key } = await makeKey(router.managementUrl, 'viewer');
    const codes = [];
    let refused;
    for (let n = 0; n < 40; n += 1) {
      const answer = await apiCall(other.managementUrl, 'GET', '/events?limit=1', { key });
      codes.push(answer.code);
      if (answer.code === 429) refused = answer;
    }
    expect(codes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(refused?.body.errors[0]?.code).toBe('RATE_LIMITED');
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect((await apiCall(other.managementUrl, 'GET', '/events')).code).toBe(200);
  });

  it('cannot be guessed for long: then not even the right one is looked at from there', async () => {
    const codes = new Set<number>();
    for (let n = 0; n < 60; n += 1) {
      codes.add((await apiCall(other.managementUrl, 'GET', '/events', { key: `hky_guess_${n}` })).code);
    }
    expect(codes).toEqual(new Set([401, 429]));
    const right = await apiCall(other.managementUrl, 'GET', '/events');
    expect([right.code, Number(right.headers['retry-after']) > 0]).toEqual([429, true]);
    // Another process has not been guessed at.
    expect((await apiCall(router.managementUrl, 'GET', '/events')).code).toBe(200);
  });
});
