import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { MainProcess } from '../support/main-process.js';
import { RawConnection, requestBytes, wireHeaders, type RawAnswer } from '../support/raw-http.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, routerEnv, SOURCES_YAML } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(40_000);

const SENDERS = 20;
const HANGING = 'evt_hanging';

/** Sends one webhook after another over one connection, until an answer says that it is the last. */
async function sendOverOne(url: string, name: string, acked: Map<string, string>): Promise<string | undefined> {
  const connection = await RawConnection.open(url);
  try {
    for (let n = 0; ; n += 1) {
      const id = `evt_${name}_${n}`;
      const webhook = stripeWebhook(id);
      connection.write(requestBytes('/webhooks/stripe', wireHeaders(webhook), webhook.body));
      const answer = await connection.answer();
      if (answer.status === 200) acked.set(id, (JSON.parse(answer.text) as { id: string }).id);
      else if (answer.status !== 503) return `answered ${answer.status}`;
      if (answer.headers['connection'] === 'close') return undefined;
    }
  } catch (error) {
    return (error as Error).message;
  } finally {
    connection.close();
  }
}

describe('a SIGTERM under load', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let main: MainProcess;
  let start: () => Promise<MainProcess>;
  const acked = new Map<string, string>();
  let broken: (string | undefined)[] = [];
  let late: RawAnswer;
  let readiness: RawAnswer;
  let exitCode: number | null = null;
  let tookMs = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    receiver.answer = ({ body }, response) => {
      // Slow enough that some are always under way; one never ends.
      if (!body.includes(HANGING)) setTimeout(() => response.writeHead(200).end('ok'), 30);
    };
    const yaml = SOURCES_YAML + destinationYaml('inbox', receiver.url);
    const env = { ...routerEnv({ databaseUrl: database.url }), LOG_LEVEL: 'info' };
    start = () => MainProcess.start(yaml, env);
    main = await start();
    const url = await main.ready();
    acked.set(HANGING, String((await send(`${url}/webhooks/stripe`, stripeWebhook(HANGING))).json?.id));
    // Two connections that have begun to speak, and finish only when everything is being shut.
    const hesitant = await RawConnection.open(url);
    hesitant.write('POST /webhooks/stripe HTTP/1.1\r\n');
    const prober = await RawConnection.open(url);
    prober.write('GET /health/ready HTTP/1.1\r\n');
    const senders = Array.from({ length: SENDERS }, (_, n) => sendOverOne(url, `sender${n}`, acked));
    await until('load on it', () => acked.size > 300 && receiver.received.length > 50);

    const stoppedAt = performance.now();
    main.kill('SIGTERM');
    broken = await Promise.all(senders);
    await until('it listens no longer', () =>
      RawConnection.open(url).then(
        (connection) => connection.close(),
        () => true,
      ),
    );
    prober.write('Host: hookyard.test\r\n\r\n');
    const webhook = stripeWebhook('evt_too_late');
    hesitant.write(requestBytes('', wireHeaders(webhook), webhook.body).subarray('POST  HTTP/1.1\r\n'.length));
    [late, readiness] = await Promise.all([hesitant.answer(), prober.answer()]);
    exitCode = await main.exitCode();
    tookMs = performance.now() - stoppedAt;
  });
  afterAll(async () => {
    await main.remove();
    await receiver.stop();
    await database.drop();
  });

  it('ends the process with code 0 within 10 s, though a destination never answers', () => {
    expect([exitCode, main.stderr]).toEqual([0, '']);
    expect(tookMs).toBeLessThan(10_000);
    expect(main.stdout).not.toContain('"stop.step"');
  });

  it('resets no connection: every request that was sent is answered', () => {
    expect(broken).toEqual(Array(SENDERS).fill(undefined));
  });

  it('answers who comes too late with 503 and Retry-After, and a probe with not ready', () => {
    expect([late.status, late.code, late.headers['connection']]).toEqual([503, 'INTAKE_UNAVAILABLE', 'close']);
    expect(Number(late.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect([readiness.status, readiness.code]).toEqual([503, 'NOT_READY']);
  });

  it('loses nothing that was acknowledged, and stores nothing else', async () => {
    const { rows } = await database.pool.query<{ external_id: string; id: string }>(
      `SELECT external_id, 'evt_' || replace(id::text, '-', '') AS id FROM hookyard.event`,
    );
    expect(new Map(rows.map((row) => [row.external_id, row.id]))).toEqual(acked);
  });

  it('settles what was sent, records what it cut off, and leaves nothing claimed', async () => {
    const { rows } = await database.pool.query<{ id: string; external_id: string; status: string; attempts: number }>(
      `SELECT 'evt_' || replace(e.id::text, '-', '') AS id, e.external_id, d.status, d.attempts
       FROM hookyard.delivery d JOIN hookyard.event e ON e.id = d.event_id`,
    );
    const received = receiver.countById;
    expect(rows.filter(({ status }) => status !== 'pending' && status !== 'delivered')).toEqual([]);
    expect(
      rows.filter(({ id, status }) => (status === 'delivered') !== received.has(id)).map(({ external_id: id }) => id),
    ).toEqual([HANGING]);
    expect(Math.max(...received.values())).toBe(1);
    const attempts = await database.pool.query(
      `SELECT a.outcome FROM hookyard.attempt a JOIN hookyard.delivery d ON d.id = a.delivery_id
       JOIN hookyard.event e ON e.id = d.event_id WHERE e.external_id = $1`,
      [HANGING],
    );
    expect(attempts.rows).toEqual([{ outcome: 'interrupted' }]);
    expect((await database.pool.query('SELECT 1 FROM hookyard.delivery_batch')).rows).toEqual([]);
  });

  it('leaves the rest to the next start, which delivers it', async () => {
    await main.remove();
    receiver.answer = 200;
    main = await start();
    await main.ready();
    await until('everything is delivered', async () => {
      const { rows } = await database.pool.query(`SELECT 1 FROM hookyard.delivery WHERE status <> 'delivered' LIMIT 1`);
      return rows.length === 0;
    });
    const received = receiver.countById;
    expect(new Set(received.keys())).toEqual(new Set(acked.values()));
    // Only the one that was cut off is sent again.
    expect([...received].filter(([, count]) => count > 1)).toEqual([[acked.get(HANGING), 2]]);
  });

  it('twice means at once', async () => {
    receiver.answer = () => undefined;
    const url = await main.ready();
    const before = receiver.received.length;
    await send(`${url}/webhooks/stripe`, stripeWebhook('evt_second_signal'));
    await until('a send that never ends', () => receiver.received.length > before);
    main.kill('SIGTERM');
    await main.logged('stopping');
    const askedAt = performance.now();
    main.kill('SIGTERM');
    expect(await main.exitCode()).toBe(1);
    expect(performance.now() - askedAt).toBeLessThan(3_000);
  });
});
