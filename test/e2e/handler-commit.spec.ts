import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommitProxy } from '../support/commit-proxy.js';
import { accepted, settledDelivery, type SeenDelivery } from '../support/deliveries.js';
import { NotesModule } from '../support/note-handlers.js';
import { CreateNotes1790000000000 } from '../support/notes.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('when the connection breaks at a handler’s COMMIT', () => {
  let database: TestDatabase;
  let proxy: CommitProxy;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await CommitProxy.start(database.url);
    router = await startRouter({
      databaseUrl: proxy.url,
      options: { imports: [NotesModule], migrations: [CreateNotes1790000000000] },
    });
  });
  afterAll(async () => {
    await router.close();
    await proxy.stop();
    await database.drop();
  });
  const run = async (id: string): Promise<SeenDelivery> =>
    settledDelivery(router, await accepted(router, 'stripe', stripeWebhook(id, 'writes')), 'writes');
  const notes = async ({ id }: SeenDelivery): Promise<number> =>
    (await database.pool.query('SELECT 1 FROM public.note WHERE delivery = $1', [id])).rows.length;

  it('and Postgres had committed, the delivery is delivered and the handler does not run again', async () => {
    proxy.next = 'lose-the-answer';
    const delivery = await run('evt_answer_lost');
    expect(proxy.next).toBe('pass');
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 1 });
    expect(delivery.attemptList).toHaveLength(1);
    expect(await notes(delivery)).toBe(1);
  });

  it('and Postgres had not, it is rolled back and tried again', async () => {
    proxy.next = 'lose-the-commit';
    const delivery = await run('evt_commit_lost');
    expect(proxy.next).toBe('pass');
    expect(delivery).toMatchObject({ status: 'delivered', attempts: 2 });
    expect(delivery.attemptList.map(({ errorClass }) => errorClass)).toEqual(['HANDLER_TRANSACTION_LOST', null]);
    expect(await notes(delivery)).toBe(1);
  });

  it('the pool is healthy afterwards', async () => {
    for (let n = 0; n < 10; n += 1)
      expect(await run(`evt_after_${n}`)).toMatchObject({ status: 'delivered', attempts: 1 });
  });
});
