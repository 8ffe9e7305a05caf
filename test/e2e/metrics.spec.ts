import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { request } from 'undici';
import { DatabaseProxy } from '../support/database-proxy.js';
import { readExposition } from '../support/read-exposition.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { rawStripeWebhook, send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(30_000);

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('GET /metrics', () => {
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let receiver: Receiver;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    proxy = await DatabaseProxy.start(database.url);
    receiver = await Receiver.start();
    const yaml = destinationYaml('inbox', receiver.url, 'retry: { schedule: [1h] }');
    router = await startRouter({ databaseUrl: proxy.url, yaml });
  });
  afterEach(() => proxy.answer());
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await proxy.stop();
    await database.drop();
  });

  async function scrape(): Promise<string> {
    const response = await request(`${router.managementUrl}/metrics`);
    expect(response.statusCode).toBe(200);
    return response.body.text();
  }

  /** The value of one series, 0 where it does not exist; an answer may be a second old. */
  async function value(series: string): Promise<number> {
    const metrics = [...readExposition(await scrape()).values()];
    return metrics.find(({ samples }) => samples.has(series))?.samples.get(series) ?? 0;
  }

  const becomes = (series: string, expected: number): Promise<unknown> =>
    until(`${series} is ${expected}`, async () => (await value(series)) === expected, 10_000);

  it('counts what came in, and how it was answered', async () => {
    await send(router.ingress('stripe'), stripeWebhook('evt_metrics_1'));
    await send(router.ingress('stripe'), stripeWebhook('evt_metrics_1'));
    await send(router.ingress('stripe'), stripeWebhook('evt_metrics_1', 'invoice.paid', { data: { other: 1 } }));
    await send(router.ingress('stripe'), rawStripeWebhook(Buffer.from('{}'), { secret: 'whsec_other' }));
    await becomes('hookyard_refusals_total{source="stripe",code="SIGNATURE_REJECTED"}', 1);
    expect(await value('hookyard_webhooks_total{source="stripe",outcome="accepted"}')).toBe(1);
    expect(await value('hookyard_webhooks_total{source="stripe",outcome="duplicate"}')).toBe(2);
    expect(await value('hookyard_conflicts_total{source="stripe"}')).toBe(1);
    expect(await value('hookyard_ack_seconds_count{source="stripe"}')).toBe(3);
    expect(await value('hookyard_commit_rows_count{stage="intake"}')).toBe(3);
  });

  it('counts what went out, how long it took and why it failed', async () => {
    await becomes('hookyard_delivery_seconds_count{destination="inbox"}', 1);
    receiver.answer = 500;
    await send(router.ingress('stripe'), stripeWebhook('evt_metrics_2'));
    await becomes('hookyard_failures_total{destination="inbox",error_class="HTTP_5XX"}', 1);
    receiver.answer = 200;
    expect(await value('hookyard_attempts_total{destination="inbox",outcome="delivered"}')).toBe(1);
    expect(await value('hookyard_attempts_total{destination="inbox",outcome="failed"}')).toBe(1);
  });

  it('tells what waits, from the database', async () => {
    // Looked at anew at most every 5 s.
    await until('one waits', async () => (await value('hookyard_deliveries_pending{destination="inbox"}')) === 1);
    expect(await value('hookyard_breaker_open{destination="inbox"}')).toBe(0);
    expect(await value('hookyard_database_up')).toBe(1);
  });

  it('gets no series from a stranger', async () => {
    const series = (text: string): number =>
      [...readExposition(text)].reduce(
        (sum, [name, { samples }]) => sum + (name.startsWith('hookyard') ? samples.size : 0),
        0,
      );
    const before = series(await scrape());
    for (let n = 0; n < 20; n += 1) await send(router.ingress(`made-up-${n}`), stripeWebhook('evt_x'));
    await becomes('hookyard_refusals_total{source="(unknown)",code="UNKNOWN_SOURCE"}', 20);
    const after = await scrape();
    expect(after).not.toContain('made-up');
    // Two more: the refusals of unknown sources as such.
    expect(series(after)).toBeLessThanOrEqual(before + 2);
  });

  it('can be read whole at any moment, webhooks coming in and going out meanwhile', async () => {
    const delivered = 'hookyard_delivery_seconds_count{destination="inbox"}';
    const before = await value(delivered);
    const sent = Promise.all(
      Array.from({ length: 200 }, (_, n) => send(router.ingress('stripe'), stripeWebhook(`evt_many_${n}`))),
    );
    const until200 = becomes(delivered, before + 200);
    for (const answer of await sent) expect(answer.status).toBe(200);
    await until200;
  });

  it('answers while the database is away, and says so', async () => {
    await proxy.cut();
    await until('seen to be away', async () => (await scrape()).includes('hookyard_database_up 0'));
    await proxy.answer();
    await until('seen to be back', async () => (await scrape()).includes('hookyard_database_up 1'));
  });

  it.each(['deploy/prometheus/alerts.yaml', 'deploy/grafana/hookyard.json'])(
    'has every metric that %s asks for',
    async (file) => {
      const offered = new Set([...(await scrape()).matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
      const asked = [...read(file).matchAll(/\b((?:hookyard|nodejs|process)_\w+)/g)].map(([, name]) => String(name));
      expect(asked.length).toBeGreaterThan(5);
      const missing = asked.filter(
        (name) => !offered.has(name) && !offered.has(name.replace(/_(bucket|sum|count)$/, '')),
      );
      expect(missing).toEqual([]);
    },
  );

  it('has a section of the runbook behind every Prometheus alert', () => {
    const anchors = [...read('deploy/prometheus/alerts.yaml').matchAll(/operating\.md#([\w-]+)/g)].map(
      ([, one]) => one,
    );
    const headings = [...read('docs/operating.md').matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
      String(text)
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(anchors.length).toBeGreaterThan(5);
    expect(anchors.filter((anchor) => !headings.includes(String(anchor)))).toEqual([]);
  });
});
