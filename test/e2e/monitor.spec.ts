import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { AlertWatch } from '../../src/alerts/alert-watch.js';
import { MonitorStore } from '../../src/monitor/monitor.store.js';
import { MonitorWatch } from '../../src/monitor/monitor-watch.js';
import { apiCall } from '../support/api-call.js';
import { FakeTelegram } from '../support/fake-telegram.js';
import { ask } from '../support/operator.js';
import { Receiver } from '../support/receiver.js';
import { SOURCES_YAML, startRouter, type RouterSettings, type TestRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const NAME = 'hookyard-monitor';
/** So rarely that a test sees only the runs that it asks for. */
const MONITOR = 'monitor: { interval: 1h, within: 10s }\n';

interface Run {
  outcome: string | null;
  reason: string | null;
  status_code: number | null;
  accepted_ms: number | null;
  handled_ms: number | null;
  event_id: string | null;
}

describe('the synthetic monitor', () => {
  let database: TestDatabase;
  let telegram: FakeTelegram;
  const routers: TestRouter[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
    telegram = await FakeTelegram.start();
  });
  afterEach(async () => {
    await Promise.all(routers.splice(0).map((router) => router.close()));
    await telegram.stop();
    await database.drop();
  });

  async function start(settings: Partial<RouterSettings> = {}): Promise<TestRouter> {
    const env = { ...telegram.env, ...settings.env };
    const router = await startRouter({ databaseUrl: database.url, yaml: MONITOR, ...settings, env });
    routers.push(router);
    return router;
  }
  const runs = async (): Promise<Run[]> =>
    (await database.pool.query<Run>('SELECT * FROM hookyard.monitor_run ORDER BY sent_at')).rows;
  const look = (...of: TestRouter[]): Promise<unknown> =>
    Promise.all(of.map(({ app }) => app.get(MonitorWatch).look()));
  /** The next one is due now, everywhere. */
  const due = (): Promise<unknown> => database.pool.query('UPDATE hookyard.monitor SET due_at = now()');
  /** As if everything had been sent so much earlier. */
  const timePasses = (interval: string): Promise<unknown> =>
    database.pool.query('UPDATE hookyard.monitor_run SET sent_at = sent_at - $1::interval', [interval]);
  async function lookForAlerts(...of: TestRouter[]): Promise<void> {
    await database.pool.query(`UPDATE hookyard.alert_watch SET looked_at = '-infinity'`);
    await Promise.all(of.map(({ app }) => app.get(AlertWatch).look()));
  }
  const metric = async (router: TestRouter, series: string): Promise<number> => {
    const response = await request(`${router.managementUrl}/metrics`);
    const line = (await response.body.text()).split('\n').find((one) => one.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1));
  };
  const passed = (router: TestRouter): Promise<Run[]> =>
    until('the run has passed', async () => {
      await look(router);
      const all = await runs();
      return all.length > 0 && all.every(({ outcome }) => outcome === 'passed') ? all : undefined;
    });

  it('sends a signed webhook the whole way to its own handler and nowhere else, and measures it', async () => {
    const inbox = await Receiver.start();
    try {
      const router = await start({
        sourcesYaml: `${SOURCES_YAML}  - { slug: other, type: standard-webhooks, secrets: ["whsec_${'A'.repeat(32)}"] }\n`,
        yaml: `${MONITOR}destinations: [{ name: inbox, url: "${inbox.url}", allowPrivateNetwork: true }]
routes: [{ sourceType: standard-webhooks, to: inbox }, { source: other, to: inbox }]
`,
      });
      const [run] = await passed(router);
      expect(run).toMatchObject({ outcome: 'passed', reason: null, status_code: 200 });
      expect(run?.accepted_ms).toBeGreaterThan(0);
      expect(run?.handled_ms).toBeGreaterThanOrEqual(0);
      const { rows } = await database.pool.query(
        `SELECT d.name, w.status, e.type FROM hookyard.event e JOIN hookyard.delivery w ON w.event_id = e.id
         JOIN hookyard.destination d ON d.id = w.destination_id WHERE e.id = $1`,
        [run?.event_id],
      );
      expect(rows).toEqual([{ name: NAME, status: 'delivered', type: 'monitor.run' }]);
      expect(inbox.received).toEqual([]);
      expect(await metric(router, 'hookyard_monitor_runs_total{outcome="passed"}')).toBe(1);
      expect(await metric(router, 'hookyard_monitor_seconds_count{stage="handled"}')).toBe(1);
      expect(await metric(router, 'hookyard_monitor_interval_seconds')).toBe(3_600);
      await look(router);
      // A scrape may be a second old.
      await until('the time of the last success is told', async () => {
        const age = Date.now() / 1000 - (await metric(router, 'hookyard_monitor_last_success_timestamp_seconds'));
        return Math.abs(age) < 60;
      });
    } finally {
      await inbox.stop();
    }
  });

  it('alerts once while no worker handles it, and says when one does again', async () => {
    const api = await start({ env: { HOOKYARD_ROLE: 'api' } });
    for (let n = 0; n < 3; n += 1) {
      await due();
      await until('it is answered', async () => {
        await look(api);
        const all = await runs();
        return all.length === n + 1 && all.every(({ status_code: status }) => status === 200);
      });
      await timePasses('1 minute');
      await look(api);
      await lookForAlerts(api);
    }
    expect((await runs()).map(({ outcome, reason }) => [outcome, reason])).toEqual(
      Array.from({ length: 3 }, () => ['failed', 'unhandled']),
    );
    const active = (await apiCall(api.url, 'GET', '/alerts?status=active')).body.data;
    expect(active).toEqual([expect.objectContaining({ key: `monitor_failing:${NAME}`, firings: 1, count: 3 })]);
    await until('people were told', () => telegram.messages.length > 0);

    const worker = await start({ env: { HOOKYARD_ROLE: 'worker' } });
    expect(() => worker.app.get(MonitorWatch)).toThrow('MonitorWatch');
    await until('what waited is handled', async () => {
      const { rows } = await database.pool.query(`SELECT FROM hookyard.delivery WHERE status <> 'delivered'`);
      return rows.length === 0;
    });
    await due();
    await until('the next one passes', async () => {
      await look(api);
      return (await runs()).at(-1)?.outcome === 'passed';
    });
    await lookForAlerts(api, worker);
    await database.pool.query(`UPDATE hookyard.alert SET seen_at = seen_at - interval '2 minutes'`);
    await lookForAlerts(api, worker);
    await until('people were told that it is over', () => telegram.messages.length === 2);
    expect(telegram.texts[0]).toMatch(/^🔴 The monitor's webhook is accepted, but not handled within 10s\./);
    expect(telegram.texts[0]).toContain('docs/operating.md#the-monitor-fails');
    expect(telegram.texts[1]).toMatch(/^✅ Over: The monitor's webhook/);
  });

  it('is sent once per interval, however many processes look', async () => {
    const [one, two] = [await start(), await start()];
    for (let n = 0; n < 5; n += 1) await look(one, two);
    expect(await runs()).toHaveLength(1);
    await due();
    for (let n = 0; n < 5; n += 1) await look(one, two);
    expect(await runs()).toHaveLength(2);
    await passed(one);
    const judged = await Promise.all(
      [one, two].map((router) => metric(router, 'hookyard_monitor_runs_total{outcome="passed"}')),
    );
    expect(judged.reduce((sum, count) => sum + (Number.isNaN(count) ? 0 : count), 0)).toBe(2);
  });

  it('says that it is refused when it is', async () => {
    const router = await start();
    await passed(router);
    await database.pool.query(`UPDATE hookyard.source SET deleted_at = now() WHERE slug = $1`, [NAME]);
    await database.pool.query('UPDATE hookyard.configuration SET revision = revision + 1');
    await until('a run was refused', async () => {
      await due();
      await look(router);
      return (await runs()).some(({ reason, status_code: status }) => reason === 'refused' && status === 404);
    });
  });

  it('leaves nothing behind: its events are forgotten within hours, and it goes without a word', async () => {
    const router = await start();
    await passed(router);
    const left = async (): Promise<unknown> =>
      (
        await database.pool.query(
          `SELECT (SELECT count(*)::int FROM hookyard.event) AS events, (SELECT count(*)::int FROM hookyard.delivery) AS deliveries,
             (SELECT count(*)::int FROM hookyard.body) AS bodies, (SELECT count(*)::int FROM hookyard.monitor_run) AS runs`,
        )
      ).rows[0];
    await router.app.get(MonitorStore).sweep();
    expect(await left()).toEqual({ events: 1, deliveries: 1, bodies: 1, runs: 1 });
    await timePasses('2 hours');
    await router.app.get(MonitorStore).sweep();
    expect(await left()).toEqual({ events: 0, deliveries: 0, bodies: 0, runs: 1 });
    await timePasses('3 days');
    await router.app.get(MonitorStore).sweep();
    expect(await left()).toEqual({ events: 0, deliveries: 0, bodies: 0, runs: 0 });
    await Promise.all(routers.splice(0).map((one) => one.close()));

    const without = await start({ yaml: '' });
    await lookForAlerts(without);
    expect((await apiCall(without.url, 'GET', '/alerts')).body.data).toEqual([]);
    const { data: sources } = await without.api('/sources');
    expect(sources.map(({ slug }) => slug)).not.toContain(NAME);
    const { data: destinations } = await without.api('/destinations');
    expect(destinations).toEqual([]);
  });

  it('is nobody else’s: no route of the API takes its events, and nobody can take its slug', async () => {
    const router = await start();
    const destination = await ask(router, 'POST', '/destinations', { name: 'inbox', url: 'https://example.com' });
    expect(destination.code).toBeLessThan(300);
    for (const names of [{ source: NAME }, { sourceType: NAME }]) {
      expect((await ask(router, 'POST', '/routes', { ...names, to: 'inbox' })).code).toBe(400);
    }
    const source = { slug: NAME, type: 'stripe', secrets: ['whsec_x'] };
    expect((await ask(router, 'POST', '/sources', source)).code).toBe(400);
    expect((await apiCall(router.url, 'DELETE', `/sources/${NAME}`)).code).toBe(409);
  });
});
