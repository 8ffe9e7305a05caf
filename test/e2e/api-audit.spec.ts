import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { apiCall, makeKey } from '../support/api-call.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

describe('the audit log', () => {
  let database: TestDatabase;
  let router: TestRouter;
  let base = '';
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({
      databaseUrl: database.url,
      yaml: destinationYaml('billing', 'http://127.0.0.1:9/'),
    });
    base = router.managementUrl;
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  it('has every mutation by the time it is answered: who, what, when, from where, with what result', async () => {
    const admin = await makeKey(base, 'admin', { label: 'ann' });
    const made = await apiCall(base, 'POST', '/api-keys', {
      key: admin.key,
      body: { label: 'for CI', role: 'viewer' },
    });
    const { body } = await apiCall(base, 'GET', '/audit?actor=ann');
    expect(body.data).toEqual([
      {
        id: expect.stringMatching(/^aud_[0-9a-f]{32}$/),
        at: expect.any(String),
        actor: 'ann',
        apiKeyId: admin.id,
        role: 'admin',
        address: '127.0.0.1',
        action: 'POST /api-keys',
        path: '/api/v1/api-keys',
        target: made.body.data['id'],
        before: null,
        after: expect.objectContaining({ label: 'for CI', role: 'viewer' }),
        statusCode: 201,
        errorCode: null,
      },
    ]);
    expect(body.page).toMatchObject({ total: 1, totalIsExact: true });
  });

  it('says how a destination was before and is after what a person did to it', async () => {
    const gate = (paused: boolean, pauseReason: string | null) => ({
      paused,
      pauseReason,
      breaker: { state: 'closed', forced: false, forcedUntil: null },
    });
    await apiCall(base, 'POST', '/destinations/billing/pause', { body: { reason: 'they move house' } });
    const { body } = await apiCall(base, 'GET', '/audit?target=billing');
    expect(body.data).toEqual([
      expect.objectContaining({ before: gate(false, null), after: gate(true, 'they move house') }),
    ]);
  });

  it('has what the file changed at a start, and no line when it changed nothing', async () => {
    const started = async () => (await apiCall(base, 'GET', '/audit?target=configuration')).body.data;
    const lines = await started();
    expect(lines).toEqual([
      expect.objectContaining({
        actor: 'file:hookyard.yaml',
        apiKeyId: null,
        action: 'start',
        before: expect.objectContaining({ 'destination billing': null }),
        after: expect.objectContaining({
          'destination billing': expect.objectContaining({ declaredBy: 'file' }),
          'source stripe': expect.objectContaining({ secretsFingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) }),
        }),
      }),
    ]);
    const again = await startRouter({
      databaseUrl: database.url,
      yaml: destinationYaml('billing', 'http://127.0.0.1:9/'),
    });
    await again.close();
    expect(await started()).toEqual(lines);
  });

  it('has what was refused too, with the code', async () => {
    await apiCall(base, 'DELETE', '/api-keys/key_nobody');
    const { body } = await apiCall(base, 'GET', '/audit?limit=1');
    expect(body.data[0]).toMatchObject({
      actor: 'bootstrap',
      apiKeyId: null,
      action: 'DELETE /api-keys/:id',
      path: '/api/v1/api-keys/key_nobody',
      statusCode: 404,
      errorCode: 'API_KEY_NOT_FOUND',
    });
  });

  it('has nothing of those who only look, and is for admins only', async () => {
    const { key } = await makeKey(base, 'operator');
    const count = async (): Promise<number> => (await database.pool.query('SELECT 1 FROM hookyard.audit')).rows.length;
    const before = await count();
    await apiCall(base, 'GET', '/events', { key });
    expect((await apiCall(base, 'GET', '/audit', { key })).code).toBe(403);
    expect(await count()).toBe(before);
  });

  it('stands before the work is done: when it cannot be written, nothing is', async () => {
    await database.pool.query('ALTER TABLE hookyard.audit RENAME TO audit_away');
    try {
      const answer = await apiCall(base, 'POST', '/api-keys', { body: { label: 'unseen', role: 'admin' } });
      expect(answer.code).toBe(500);
      const { rows } = await database.pool.query(`SELECT 1 FROM hookyard.api_key WHERE label = 'unseen'`);
      expect(rows).toEqual([]);
    } finally {
      await database.pool.query('ALTER TABLE hookyard.audit_away RENAME TO audit');
    }
  });
});
