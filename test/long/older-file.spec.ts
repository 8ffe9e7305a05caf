import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SpawnedRouter } from '../support/spawned-router.js';
import { accepted } from '../support/deliveries.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { STRIPE_SECRET, send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

const yaml = (name: string): string =>
  `destinations:\n  - { name: ${name}, url: "https://${name}.test" }\nroutes:\n  - { source: stripe, to: ${name} }\n`;
const source = (revision?: number, secret = STRIPE_SECRET): string =>
  `version: 1\n${revision === undefined ? '' : `revision: ${revision}\n`}sources:\n  - { slug: stripe, type: stripe, secrets: ["${secret}"] }\n`;

describe('an older file', () => {
  let database: TestDatabase;
  const routers: TestRouter[] = [];
  const start = async (name: string, sourcesYaml = source()): Promise<TestRouter> => {
    const router = await startRouter({ databaseUrl: database.url, yaml: yaml(name), sourcesYaml });
    routers.push(router);
    return router;
  };
  let sent = 0;
  /** Where an event that comes in here, now, goes. */
  const goesTo = async (router: TestRouter): Promise<string[]> => {
    sent += 1;
    const id = await accepted(router, 'stripe', stripeWebhook(`evt_age_${sent}`));
    const { data } = await router.api<{ data: { deliveries: { destination: string }[] } }>(`/events/${id}`);
    return data.deliveries.map(({ destination }) => destination);
  };

  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const router of routers.splice(0).reverse()) await router.close();
    await database.drop();
  });

  it('does not undo a newer one when a process of the last deploy starts again', async () => {
    await start('before');
    const deployed = await start('after');
    const straggler = await start('before');
    expect(await goesTo(straggler)).toEqual(['after']);
    expect(await goesTo(deployed)).toEqual(['after']);
    const again = await start('after');
    expect(await goesTo(again)).toEqual(['after']);
    const { rows } = await database.pool.query(
      `SELECT name, undeclared_at IS NULL AS declared FROM hookyard.destination ORDER BY name`,
    );
    expect(rows).toEqual([
      { name: 'after', declared: true },
      { name: 'before', declared: false },
    ]);
  });

  it('does not bring back a secret that was rotated', async () => {
    await start('one');
    await start('one', source(undefined, 'whsec_rotated_secret_0123456789'));
    const straggler = await start('one');
    const answer = await send(straggler.ingress('stripe'), stripeWebhook('evt_rotated'));
    expect(answer.status).toBe(401);
  });

  it('comes into force again when it says by a higher revision that it is meant', async () => {
    await start('before', source(1));
    await start('after', source(2));
    const straggler = await start('before', source(1));
    expect(await goesTo(straggler)).toEqual(['after']);
    const unknown = await start('never-seen', source(1));
    expect(await goesTo(unknown)).toEqual(['after']);
    const rolledBack = await start('before', source(3));
    expect(await goesTo(rolledBack)).toEqual(['before']);
  });

  it('is said loudly in the log, and by the database', async () => {
    await start('before');
    await start('after');
    const spawned = await SpawnedRouter.start({ yaml: yaml('before'), databaseUrl: database.url });
    expect(spawned.lines.find(({ event }) => event === 'configuration.older')).toMatchObject({
      level: 'error',
      file: expect.stringContaining('hookyard.yaml'),
      because: expect.stringContaining('was in force before'),
    });
    const { rows } = await database.pool.query<{ older_file: string | null }>(
      'SELECT older_file FROM hookyard.configuration WHERE older_seen_at IS NOT NULL',
    );
    expect(rows).toEqual([{ older_file: expect.stringContaining('hookyard.yaml') }]);
    await spawned.remove();
  });

  it('that is missing in one process pauses nothing of the others', async () => {
    const router = await start('one');
    const without = await startRouter({
      databaseUrl: database.url,
      options: { cwd: '/nonexistent-working-directory' },
    });
    routers.push(without);
    expect(await goesTo(router)).toEqual(['one']);
    expect(await goesTo(without)).toEqual(['one']);
  });
});
