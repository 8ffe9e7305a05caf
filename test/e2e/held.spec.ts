import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { releaseHeld } from '../../src/routing/release-held.js';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(40_000);

describe('what a source held', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await startRouter({ databaseUrl: database.url, yaml: destinationYaml('inbox', receiver.url) });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  it('goes out also when it was stored as held after the source had come back, by a process that did not know yet', async () => {
    const eventId = await accepted(router, 'stripe', stripeWebhook('evt_straggler'));
    await settledDelivery(router, eventId, 'inbox');
    // The insert of another process lands now; nobody starts or declares anything after it.
    await database.pool.query(
      `UPDATE hookyard.delivery SET status = 'held', held_reason = 'source paused', attempts = 0, settled_at = NULL`,
    );
    await until('it is sent', () => receiver.received.length === 2);
  });

  it('goes out in slices, and stays where the source is still paused, gone or deleted', async () => {
    const { pool } = database;
    const { rows } = await pool.query<{ id: number; slug: string }>(
      `INSERT INTO hookyard.source (slug, type, settings, secrets_sealed, paused_at, undeclared_at, deleted_at)
       VALUES ('back', 'stripe', '{}', '', NULL, NULL, NULL), ('still-paused', 'stripe', '{}', '', now(), NULL, NULL),
              ('gone', 'stripe', '{}', '', NULL, now(), NULL), ('deleted', 'stripe', '{}', '', NULL, NULL, now())
       RETURNING id, slug`,
    );
    // No destination has the number 0: nobody claims them. Mixed, as they come in.
    await pool.query(
      `WITH event AS (
         INSERT INTO hookyard.event (id, source_id, external_id, type, headers, signature_headers, body_format, body_day,
                                     body_id, body_offset, body_length, body_sha256, received_at)
         SELECT gen_random_uuid(), s, 'held-' || n, 'x', '{}', '{}', 'json', current_date, gen_random_uuid(), 0, 0, '', now()
         FROM unnest($1::int[]) s, generate_series(1, 3000) n RETURNING id)
       INSERT INTO hookyard.delivery (id, event_id, destination_id, status, held_reason)
       SELECT gen_random_uuid(), id, 0, 'held', 'source paused' FROM event`,
      [rows.map(({ id }) => id)],
    );
    await pool.query(
      `UPDATE hookyard.delivery SET held_reason = 'by a person'
       WHERE id = (SELECT d.id FROM hookyard.delivery d JOIN hookyard.event e ON e.id = d.event_id
                   JOIN hookyard.source s ON s.id = e.source_id WHERE s.slug = 'back' LIMIT 1)`,
    );
    const slices: number[] = [];
    const release = () => releaseHeld(pool, (count) => slices.push(count), new AbortController().signal);
    // Several processes at once release each row once.
    await Promise.all([release(), release()]);
    expect(slices.reduce((sum, count) => sum + count, 0)).toBe(2_999);
    expect(Math.max(...slices)).toBeLessThanOrEqual(5_000);
    expect(slices.length).toBeGreaterThan(1);
    const left = await pool.query<{ slug: string; status: string; n: number }>(
      `SELECT s.slug, d.status, count(*)::int AS n FROM hookyard.delivery d JOIN hookyard.event e ON e.id = d.event_id
       JOIN hookyard.source s ON s.id = e.source_id WHERE d.destination_id = 0 GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    expect(left.rows).toEqual([
      { slug: 'back', status: 'held', n: 1 },
      { slug: 'back', status: 'pending', n: 2_999 },
      { slug: 'deleted', status: 'held', n: 3_000 },
      { slug: 'gone', status: 'held', n: 3_000 },
      { slug: 'still-paused', status: 'held', n: 3_000 },
    ]);
  });
});
