import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const OURS = ['event', 'body', 'delivery', 'delivery_batch', 'attempt'];

/** Writes down, for each statement that changes a table, whether its commit waits for the disk. */
const WATCH = `
  CREATE TABLE public.commit_mode (about text, mode text, PRIMARY KEY (about, mode));
  CREATE FUNCTION public.note_commit_mode() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO public.commit_mode VALUES (TG_ARGV[0], current_setting('synchronous_commit')) ON CONFLICT DO NOTHING;
    RETURN NULL;
  END $$;`;

describe('a commit', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await startRouter({ databaseUrl: database.url, yaml: destinationYaml('sink', `${receiver.url}/sink`) });
    client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(WATCH);
    const watch = (table: string, about: string): Promise<unknown> =>
      client.query(
        `CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION public.note_commit_mode('${about}')`,
      );
    for (const table of OURS) await watch(`hookyard.${table}`, table);
    await watch('bullmq.job', 'job');
  });
  afterAll(async () => {
    await client.end();
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  it('of what we store waits for the disk, and only the queue’s own wake-ups do not', async () => {
    const eventId = await accepted(router, 'stripe', stripeWebhook('evt_durable'));
    expect(await settledDelivery(router, eventId, 'sink')).toMatchObject({ status: 'delivered' });
    const { rows } = await client.query<{ about: string; mode: string }>(
      'SELECT about, mode FROM public.commit_mode ORDER BY about',
    );
    expect(rows).toEqual(
      [...OURS.map((about) => ({ about, mode: 'on' })), { about: 'job', mode: 'off' }].sort((a, b) =>
        a.about < b.about ? -1 : 1,
      ),
    );
  });
});
