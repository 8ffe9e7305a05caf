import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { accepted } from '../support/deliveries.js';
import { freePort } from '../support/free-port.js';
import { RawConnection } from '../support/raw-http.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(30_000);

describe('a start whose port is taken', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let other: Server;
  let taken: number;
  let yaml: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    yaml = destinationYaml('inbox', receiver.url);
    other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    taken = (other.address() as AddressInfo).port;
  });
  afterAll(async () => {
    other.close();
    await receiver.stop();
    await database.drop();
  });
  beforeEach(() => {
    receiver.received.length = 0;
  });

  it('is called off with the variable to change, and finishes the sends that it had begun', async () => {
    const intake = await startRouter({ databaseUrl: database.url, yaml, env: { HOOKYARD_ROLE: 'intake,api' } });
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push(await accepted(intake, 'stripe', stripeWebhook(`evt_begun_${n}`)));
    await intake.close();
    // Slow enough to be under way when the port is asked for.
    receiver.answer = (_, response) => void setTimeout(() => response.writeHead(200).end(), 700);
    const starting = startRouter({ databaseUrl: database.url, yaml, env: { PORT: String(taken) } });
    await expect(starting).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      problems: [expect.stringContaining(`PORT: port ${taken} is taken`)],
    });
    const { rows } = await database.pool.query(
      `SELECT count(*) FILTER (WHERE status = 'delivered')::int AS delivered,
         count(*) FILTER (WHERE status = 'claimed')::int AS claimed FROM hookyard.delivery`,
    );
    expect(rows).toEqual([{ delivered: receiver.received.length, claimed: 0 }]);
    expect((await database.pool.query('SELECT 1 FROM hookyard.delivery_batch')).rows).toEqual([]);
  });

  it('is called off for the management port too, and leaves the other port', async () => {
    const port = await freePort();
    const env = { PORT: String(port), HOOKYARD_MANAGEMENT_PORT: String(taken) };
    await expect(startRouter({ databaseUrl: database.url, yaml, env })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      problems: [expect.stringContaining(`HOOKYARD_MANAGEMENT_PORT: port ${taken} is taken`)],
    });
    await expect(RawConnection.open(`http://127.0.0.1:${port}`)).rejects.toThrow('ECONNREFUSED');
    await until('its connections are closed', async () => {
      const { rows } = await database.pool.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'hookyard %'`,
      );
      return rows.length === 0;
    });
  });

  it('is called off when the address is no address of this machine', async () => {
    await expect(startRouter({ databaseUrl: database.url, yaml, env: { HOST: '192.0.2.1' } })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      problems: [expect.stringContaining('HOST: 192.0.2.1')],
    });
  });
});
