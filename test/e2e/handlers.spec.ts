import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accepted, settledDelivery, type SeenDelivery } from '../support/deliveries.js';
import { calls, late, NotesModule } from '../support/note-handlers.js';
import { CreateNotes1790000000000 } from '../support/notes.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

describe('a handler in the application', () => {
  let database: TestDatabase;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({
      databaseUrl: database.url,
      options: { imports: [NotesModule], migrations: [CreateNotes1790000000000] },
    });
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });
  const run = async (handler: string): Promise<SeenDelivery> =>
    settledDelivery(router, await accepted(router, 'stripe', stripeWebhook(`evt_${handler}`, handler)), handler);
  const notes = async ({ id }: SeenDelivery): Promise<string[]> => {
    const { rows } = await database.pool.query<{ text: string }>(
      'SELECT text FROM public.note WHERE delivery = $1 ORDER BY id',
      [id],
    );
    return rows.map(({ text }) => text);
  };
  /** Sessions of the handlers' pool that hold a transaction open. */
  const openTransactions = async (): Promise<number> => {
    const { rows } = await database.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database()
       AND application_name = 'hookyard handlers' AND xact_start IS NOT NULL`,
    );
    return rows[0]?.n ?? 0;
  };

  it('writes exactly once per delivery, whatever the number of requests', async () => {
    const webhook = stripeWebhook('evt_once', 'writes');
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(router.ingress('stripe'), webhook)));
    const delivery = await settledDelivery(router, answers[0]?.json?.id ?? '', 'writes');
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 1 });
    expect(delivery.attemptList).toMatchObject([{ number: 1, outcome: 'delivered', errorClass: null }]);
    expect(await notes(delivery)).toEqual(['evt_once 1']);
    expect(calls.get('writes')).toBe(1);
  });

  it('that throws after writing is rolled back and tried again', async () => {
    const delivery = await run('throws');
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 3 });
    expect(delivery.attemptList.map(({ errorClass }) => errorClass)).toEqual([
      'HANDLER_FAILED',
      'HANDLER_FAILED',
      null,
    ]);
    expect(delivery.attemptList[0]?.responseExcerpt).toBe('after writing\ufffd, with a NUL');
    expect(await notes(delivery)).toEqual(['throws 3']);
  });

  it('that swallows an SQL error is rolled back, named HANDLER_TRANSACTION_LOST, and tried again', async () => {
    const delivery = await run('swallows');
    expect(delivery.attemptList.map(({ errorClass }) => errorClass)).toEqual(['HANDLER_TRANSACTION_LOST', null]);
    expect(await notes(delivery)).toEqual(['swallows 2']);
  });

  it('that outlives its timeout is rolled back, and what it writes later is never committed behind our back', async () => {
    const delivery = await run('outlives');
    expect(delivery.attemptList.map(({ errorClass }) => errorClass)).toEqual(['HANDLER_TIMEOUT', null]);
    expect(delivery.attemptList[0]?.durationMs).toBeLessThan(1_000);
    await until('the first attempt has tried to write', () => late.get('outlives'));
    expect(late.get('outlives')).not.toBe('written');
    expect(await notes(delivery)).toEqual(['outlives 2']);
    expect(await openTransactions()).toBe(0);
  });

  it('that is inside a long SQL statement at its timeout frees its row at once: the next attempt does not wait for it', async () => {
    const startedAt = performance.now();
    const delivery = await run('sleeps');
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(delivery.attemptList.map(({ errorClass }) => errorClass)).toEqual(['HANDLER_TIMEOUT', null]);
    expect(await notes(delivery)).toEqual(['sleeps 2']);
    expect(await openTransactions()).toBe(0);
  });

  it('that ends its transaction itself is found out, and tried again', async () => {
    const delivery = await run('commits');
    expect(delivery.attemptList.map(({ errorClass }) => errorClass)).toEqual([
      'HANDLER_TRANSACTION_LOST',
      'HANDLER_TRANSACTION_LOST',
      null,
    ]);
    // After its own COMMIT it wrote outside any transaction, which nobody can take back; after its own BEGIN it did not.
    expect(await notes(delivery)).toEqual(['commits 1', 'commits 3']);
  });

  it('that forgets an await has delivered, and what it forgot has no effect after the commit', async () => {
    const delivery = await run('forgets');
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 1 });
    await until('the forgotten write has been tried', () => late.get('forgets'));
    expect(late.get('forgets')).not.toBe('written');
    expect(await notes(delivery)).not.toContain('forgotten 1');
    expect((await notes(delivery))[0]).toBe('forgets 1');
  });

  it('may nest transactions: an inner one that fails takes back only what it wrote', async () => {
    const delivery = await run('nests');
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 1 });
    expect(await notes(delivery)).toEqual(['kept']);
  });

  it('may use the application’s own repositories, at least once', async () => {
    const delivery = await run('own-repository');
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 2 });
    expect(await notes(delivery)).toEqual(['own 1', 'own 2']);
  });

  it('has its tables in the schema public, even where the role is named like ours', async () => {
    const { rows } = await database.pool.query<{ place: string; role: string }>(
      `SELECT schemaname || '.' || tablename AS place, current_user AS role FROM pg_tables WHERE tablename IN ('note', 'migrations')`,
    );
    expect(rows.map(({ place }) => place).sort()).toEqual(['public.migrations', 'public.note']);
    expect(rows[0]?.role).toBe('hookyard');
  });

  it('leaves a healthy pool behind: after all of this, fifty at once are each written once', async () => {
    const ids = await Promise.all(
      Array.from({ length: 50 }, (_, n) => accepted(router, 'stripe', stripeWebhook(`evt_many_${n}`, 'writes'))),
    );
    const settled = await Promise.all(ids.map((id) => settledDelivery(router, id, 'writes')));
    expect(new Set(settled.map(({ status, attempts }) => `${status} ${attempts}`))).toEqual(new Set(['delivered 1']));
    const { rows } = await database.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM public.note WHERE text LIKE 'evt_many_%'`,
    );
    expect(rows).toEqual([{ n: 50 }]);
    expect(await openTransactions()).toBe(0);
  });
});
