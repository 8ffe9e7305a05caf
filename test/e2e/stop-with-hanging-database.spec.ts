import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DatabaseProxy } from '../support/database-proxy.js';
import { MainProcess } from '../support/main-process.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, routerEnv, SOURCES_YAML } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('a SIGTERM while the database hangs', () => {
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let receiver: Receiver;
  let main: MainProcess;

  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await DatabaseProxy.start(database.url);
    receiver = await Receiver.start();
    const env = { ...routerEnv({ databaseUrl: proxy.url }), LOG_LEVEL: 'info' };
    main = await MainProcess.start(SOURCES_YAML + destinationYaml('inbox', receiver.url), env);
  });
  afterAll(async () => {
    await main.remove();
    await receiver.stop();
    await proxy.stop();
    await database.drop();
  });

  it('ends the process within 10 s, though requests wait to be stored and a send never ends', async () => {
    const ingress = `${await main.ready()}/webhooks/stripe`;
    receiver.answer = () => undefined;
    await send(ingress, stripeWebhook('evt_hanging'));
    await until('it is being sent', () => receiver.received.length === 1);
    proxy.blackHole();
    const waiting = Array.from({ length: 5 }, (_, n) => send(ingress, stripeWebhook(`evt_waiting_${n}`)));
    const startedAt = performance.now();
    main.kill('SIGTERM');
    await main.exitCode();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(5).fill(503));
    expect(main.stdout).toContain('"event":"stopped"');
  });
});
