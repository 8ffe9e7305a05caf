import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTransaction } from '../../src/database/transaction.js';
import { Pools } from '../../src/database/pools.js';
import { accepted, deliveryTo, settledDelivery } from '../support/deliveries.js';
import { NotesModule } from '../support/note-handlers.js';
import { CreateNotes1790000000000 } from '../support/notes.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { StartingProxy } from '../support/starting-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

/** Faults of the queue's Postgres backend, each of which would stop or repeat deliveries if nothing stood before it. */
describe('with the queue on Postgres', () => {
  let database: TestDatabase;
  let proxy: StartingProxy;
  let receiver: Receiver;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await StartingProxy.start(database.url);
    receiver = await Receiver.start();
    router = await startRouter({
      databaseUrl: proxy.url,
      yaml: destinationYaml('inbox', receiver.url, 'timeout: 1s, retry: { schedule: [50ms, 50ms], jitter: 0 }'),
      options: { imports: [NotesModule], migrations: [CreateNotes1790000000000] },
    });
  });
  afterEach(() => {
    proxy.become('pass');
    receiver.received.length = 0;
    receiver.answer = 200;
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await proxy.stop();
    await database.drop();
  }, 20_000);

  it('NUL and half surrogates in answers and in a handler’s errors reach no job: each attempt is made once, none is stuck', async () => {
    const poison = Buffer.concat([Buffer.from('\0nul\0'), Buffer.from([0xed, 0xa0, 0x80, 0xff])]);
    receiver.answer = ({ headers }, response) =>
      response.writeHead(headers['hookyard-attempt'] === '3' ? 200 : 500).end(poison);
    const eventId = await accepted(router, 'stripe', stripeWebhook('evt_poison', 'throws'));
    const [sent, handled] = await Promise.all([
      settledDelivery(router, eventId, 'inbox'),
      settledDelivery(router, eventId, 'throws'),
    ]);
    expect([sent.attempts, handled.attempts]).toEqual([3, 3]);
    expect(sent.attemptList[0]?.responseExcerpt).toMatch(/^\ufffdnul\ufffd/);
    expect(receiver.received).toHaveLength(3);
    await until(
      'no job is left, done, failed or stuck',
      async () => (await database.pool.query('SELECT 1 FROM bullmq.job')).rows.length === 0,
    );
  });

  it('a job carries the id of a batch and nothing else', async () => {
    await database.pool.query(`
      CREATE TABLE public.seen_job (id text, data jsonb);
      CREATE FUNCTION public.see_job() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.seen_job VALUES (NEW.id, to_jsonb(NEW) -> 'data'); RETURN NEW; END $$;
      CREATE TRIGGER see_job AFTER INSERT ON bullmq.job FOR EACH ROW EXECUTE FUNCTION public.see_job()`);
    const eventId = await accepted(router, 'stripe', stripeWebhook('evt_job'));
    await settledDelivery(router, eventId, 'inbox');
    const { rows } = await database.pool.query<{ id: string; data: { batchId: string } }>(
      'SELECT * FROM public.seen_job',
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { id, data } of rows) {
      expect(Object.keys(data)).toEqual(['batchId']);
      expect(id).toBe(`b_${data.batchId}`);
    }
  });

  it('a queue that takes no jobs has the claim given back at once, with no attempt used, and is tried again', async () => {
    await database.pool.query('ALTER TABLE bullmq.job RENAME TO job_away');
    const eventId = await accepted(router, 'stripe', stripeWebhook('evt_unclaimed'));
    // Claimed and given back several times over; each time a batch is made and dropped.
    await sleep(500);
    await until('it is given back', async () => (await deliveryTo(router, eventId, 'inbox')).status === 'pending');
    expect((await database.pool.query('SELECT 1 FROM hookyard.delivery_batch WHERE runner IS NOT NULL')).rows).toEqual(
      [],
    );
    await database.pool.query('ALTER TABLE bullmq.job_away RENAME TO job');
    expect(await settledDelivery(router, eventId, 'inbox')).toMatchObject({ status: 'delivered', attempts: 1 });
    expect(receiver.received).toHaveLength(1);
  }, 20_000);

  it.each([
    ['says that it is starting up', 'starting'],
    ['hangs up on whoever connects', 'hang-up'],
  ] as const)(
    'a database that %s is asked again with pauses, not thousands of times a second; then deliveries go on',
    async (_what, mode) => {
      // In the middle of work, when the worker asks for its next job and does not wait for a signal.
      const before = await Promise.all(
        Array.from({ length: 40 }, (_, n) => accepted(router, 'stripe', stripeWebhook(`evt_${mode}_${n}`))),
      );
      await until('they are under way', () => receiver.received.length > 5);
      proxy.become(mode);
      const [asked, cpu] = [proxy.asked, process.cpuUsage()];
      await sleep(2_000);
      const { user, system } = process.cpuUsage(cpu);
      // A dozen pools and loops, each a few times a second at most.
      expect(proxy.asked - asked).toBeLessThan(200);
      expect((user + system) / 1_000).toBeLessThan(1_000);
      proxy.become('pass');
      const eventId = await until('webhooks are taken again', () =>
        accepted(router, 'stripe', stripeWebhook(`evt_after_${mode}`)).catch(() => undefined),
      );
      const settled = await Promise.all([...before, eventId].map((id) => settledDelivery(router, id, 'inbox', 25_000)));
      expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['delivered']));
    },
    40_000,
  );

  it('sessions that Postgres ends at any moment, in mid-transaction too, end no process and lose nothing', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 15; n += 1) {
      ids.push(
        await until('it is taken', () =>
          accepted(router, 'stripe', stripeWebhook(`evt_session_${n}`)).catch(() => undefined),
        ),
      );
      await database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name IN ('hookyard work', 'hookyard queue', 'hookyard handlers')`,
      );
    }
    const settled = await Promise.all(ids.map((id) => settledDelivery(router, id, 'inbox', 30_000)));
    expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['delivered']));
  }, 60_000);

  it('a session that ends between two statements of a transaction is an error of that transaction, nothing worse', async () => {
    const pools = new Pools(database.url, 12, () => undefined);
    const transaction = inTransaction(pools.work, async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const ended = new Promise((resolve) => client.once('end', resolve));
      await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await ended;
      await client.query('SELECT 1');
    });
    await expect(transaction).rejects.toThrow(/connection error|terminat/);
    expect(pools.work.totalCount).toBe(0);
    await pools.end();
  });
});
