import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { apiCall, makeKey } from '../support/api-call.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

describe('a mutation with an Idempotency-Key', () => {
  let database: TestDatabase;
  let router: TestRouter;
  let base = '';
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({ databaseUrl: database.url });
    base = router.managementUrl;
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  const make = (label: string, idempotencyKey: string, key?: string) =>
    apiCall(base, 'POST', '/api-keys', {
      body: { label, role: 'viewer' },
      headers: { 'idempotency-key': idempotencyKey },
      ...(key === undefined ? {} : { key }),
    });
  const madeKeys = async (label: string): Promise<number> =>
    (await database.pool.query('SELECT 1 FROM hookyard.api_key WHERE label = $1', [label])).rows.length;

  it('is done once and answers the same again, status and body, secret included', async () => {
    const first = await make('once', 'key-once');
    const again = await make('once', 'key-once');
    expect([first.code, again.code, again.body]).toEqual([201, 201, first.body]);
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    expect(await madeKeys('once')).toBe(1);
    const { rows } = await database.pool.query('SELECT row_to_json(i)::text AS text FROM hookyard.idempotency i');
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(String(first.body.data['key'])).toString('hex'));
    const { rows: audited } = await database.pool.query(`SELECT 1 FROM hookyard.audit WHERE after->>'label' = 'once'`);
    expect(audited).toHaveLength(1);
  });

  it('is refused when the key comes with another body, path or method', async () => {
    await make('mine', 'key-conflict');
    const others = [
      make('yours', 'key-conflict'),
      apiCall(base, 'DELETE', '/api-keys/key_1', { headers: { 'idempotency-key': 'key-conflict' } }),
      apiCall(base, 'POST', '/api-keys?x=1', {
        body: { label: 'mine', role: 'viewer' },
        headers: { 'idempotency-key': 'key-conflict' },
      }),
    ];
    for (const { code, body } of await Promise.all(others)) {
      expect([code, body.errors[0]?.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    }
    expect(await madeKeys('yours')).toBe(0);
  });

  it('runs once when twenty come at the same time; whoever is early is told to ask again', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => make('storm', 'key-storm')));
    expect(await madeKeys('storm')).toBe(1);
    for (const { code, body, headers } of answers) {
      if (code === 201) continue;
      expect([code, body.errors[0]?.code, headers['retry-after']]).toEqual([409, 'IDEMPOTENCY_IN_PROGRESS', '1']);
    }
    expect(answers.filter(({ code }) => code === 201).length).toBeGreaterThanOrEqual(1);
    expect((await make('storm', 'key-storm')).code).toBe(201);
  });

  it('has its key to itself: another API key may use the same text', async () => {
    const { key } = await makeKey(base, 'admin');
    await make('ours', 'key-shared');
    expect((await make('theirs', 'key-shared', key)).code).toBe(201);
    expect(await madeKeys('theirs')).toBe(1);
  });

  it('answers a refusal again as well, but frees the key after a mistake in the request', async () => {
    const remove = (idempotencyKey: string) =>
      apiCall(base, 'DELETE', `/api-keys/key_${'0'.repeat(32)}`, { headers: { 'idempotency-key': idempotencyKey } });
    const [first, again] = [await remove('key-404'), await remove('key-404')];
    expect([first.code, again.code, again.body]).toEqual([404, 404, first.body]);
    expect((await make('', 'key-mended')).code).toBe(400);
    expect((await make('mended', 'key-mended')).code).toBe(201);
  });

  it('does not wedge its key when the process died over it', async () => {
    await make('wedged', 'key-wedged');
    // As a crash between doing and recording leaves it.
    const leave = (until: string) =>
      database.pool.query(
        `UPDATE hookyard.idempotency SET status_code = NULL, answer_sealed = NULL, running_until = now() + $1::interval
         WHERE key = 'key-wedged'`,
        [until],
      );
    await leave('1 minute');
    expect((await make('wedged', 'key-wedged')).body.errors[0]?.code).toBe('IDEMPOTENCY_IN_PROGRESS');
    await leave('-1 second');
    expect((await make('wedged', 'key-wedged')).code).toBe(201);
    expect(await madeKeys('wedged')).toBe(2);
  });

  it('is new again after 24 hours', async () => {
    await make('daily', 'key-daily');
    const { rows } = await database.pool.query(
      `SELECT extract(epoch FROM expires_at - now())::int AS seconds FROM hookyard.idempotency WHERE key = 'key-daily'`,
    );
    expect(rows[0].seconds).toBeGreaterThan(86_000);
    await database.pool.query(
      `UPDATE hookyard.idempotency SET expires_at = now() - interval '1 second' WHERE key = 'key-daily'`,
    );
    expect((await make('daily, with another body', 'key-daily')).code).toBe(201);
  });

  it.each(['', ' ', 'a b', 'k'.repeat(256), 'ключ'])('refuses "%s" as a key', async (idempotencyKey) => {
    const answer = await make('odd', encodeURI(idempotencyKey) === idempotencyKey ? idempotencyKey : 'a\u00e9b');
    expect([answer.code, answer.body.errors[0]?.code]).toEqual([400, 'INVALID_REQUEST']);
  });
});
