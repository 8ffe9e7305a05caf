import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Collector } from '../support/collector.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('traces', () => {
  let database: TestDatabase;
  let collector: Collector;
  let receiver: Receiver;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    collector = await Collector.start();
    receiver = await Receiver.start();
    router = await startRouter({
      databaseUrl: database.url,
      yaml: destinationYaml('inbox', receiver.url, 'retry: { schedule: [10ms, 10ms] }'),
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector-key',
      },
    });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await collector.stop();
    await database.drop();
  });

  it('lead from the provider’s request, across the queue and a retry, to the destination’s answer', async () => {
    receiver.answer = (_got, response) => void response.writeHead(receiver.received.length === 1 ? 500 : 200).end();
    const { json } = await send(router.ingress('stripe'), stripeWebhook('evt_traced'));
    const traceId = String(json?.id).slice('evt_'.length);
    const spans = await until('three spans', () => {
      const own = collector.spans.filter((span) => span.traceId === traceId);
      return own.length === 3 ? own : undefined;
    });
    const [receipt, ...attempts] = spans;
    expect(receipt).toMatchObject({ name: 'POST /webhooks/stripe', kind: 2 });
    expect(receipt?.parentSpanId).toBeFalsy();
    expect(attempts.map(({ name, kind, parentSpanId }) => ({ name, kind, parentSpanId }))).toEqual([
      { name: 'deliver to inbox', kind: 3, parentSpanId: receipt?.spanId },
      { name: 'deliver to inbox', kind: 3, parentSpanId: receipt?.spanId },
    ]);
    const answers = attempts.map(({ attributes }) => attributes.find(({ key }) => key === 'http.response.status_code'));
    expect(answers.map((answer) => answer?.value['intValue'])).toEqual([500, 200]);
    // What the destination got names the very span of its attempt, and that it is sampled.
    const sent = receiver.received.map(({ headers }) => headers['traceparent']);
    expect(sent).toEqual(attempts.map(({ spanId }) => `00-${traceId}-${spanId}-01`));
    expect(collector.requests[0]).toEqual({ path: '/v1/traces', authorization: 'Bearer collector-key' });
  });

  it('hold neither body nor secret', async () => {
    await until('spans', () => collector.spans.length >= 3);
    expect(JSON.stringify(collector.spans)).not.toMatch(/whsec|evt_traced|amount|signature/i);
  });

  it('cost nothing when the collector hangs: webhooks are taken and delivered, and the router stops in time', async () => {
    collector.hangs = true;
    receiver.answer = 200;
    receiver.received.length = 0;
    const asked = collector.requests.length;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => send(router.ingress('stripe'), stripeWebhook(`evt_hang_${n}`))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await until('all delivered', () => receiver.countById.size === 50);
    await until('the collector was asked', () => collector.requests.length > asked);
    const stopped = router.close();
    await expect(stopped).resolves.toBeUndefined();
  });
});
