import { Injectable, Module } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebhookHandler, type WebhookEvent } from '../../src/delivery/handlers/webhook-handler.js';
import { accepted, deliveryTo, settledDelivery } from '../support/deliveries.js';
import { ask, destinationAt } from '../support/operator.js';
import { startRouter, type RouterSettings, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const handled: string[] = [];

@Injectable()
class NewHandler {
  @WebhookHandler({
    name: 'new-in-this-build',
    sourceType: 'stripe',
    timeout: '3s',
    retry: { schedule: ['50ms'], jitter: 0 },
    breaker: { failures: 7 },
    limits: { concurrency: 2, rate: '9/s' },
  })
  take(event: WebhookEvent): void {
    handled.push(event.externalId);
  }
}

@Module({ providers: [NewHandler] })
class NewBuildModule {}

describe('several processes on one database', () => {
  let database: TestDatabase;
  const routers: TestRouter[] = [];
  const start = async (settings: Omit<RouterSettings, 'databaseUrl'> = {}): Promise<TestRouter> => {
    const router = await startRouter({ databaseUrl: database.url, ...settings });
    routers.push(router);
    return router;
  };

  beforeEach(async () => {
    database = await createTestDatabase();
    handled.length = 0;
  });
  afterEach(async () => {
    for (const router of routers.splice(0).reverse()) await router.close();
    await database.drop();
  });

  it('keep a handler in force that only the newer build has, whoever takes the webhook in', async () => {
    await start({ options: { imports: [NewBuildModule] } });
    const older = await start();
    const answer = await send(older.ingress('stripe'), stripeWebhook('evt_rolling'));
    expect(answer.json?.status).toBe('accepted');
    await until('the newer build handles it', () => handled.length > 0);
    expect(handled).toEqual(['evt_rolling']);
  });

  it('list a handler beside the destinations, with its own policy, also where it is not in the build', async () => {
    await start({ options: { imports: [NewBuildModule] } });
    const older = await start();
    const seen = await destinationAt(older, 'new-in-this-build');
    expect(seen).toMatchObject({
      kind: 'handler',
      paused: false,
      handlerSeenAt: expect.any(String),
      policy: { timeoutMs: 3_000, concurrency: 2, ratePerSecond: 9, breaker: { failures: 7 } },
    });
    const { data } = await ask<{ name: string }[]>(older, 'GET', '/destinations');
    expect(data.map(({ name }) => name)).toEqual(['new-in-this-build']);
  });

  it('pause and resume a handler like any destination, from the process that has it not', async () => {
    await start({ options: { imports: [NewBuildModule] } });
    const older = await start();
    await ask(older, 'POST', '/destinations/new-in-this-build/pause');
    const eventId = await accepted(older, 'stripe', stripeWebhook('evt_paused_handler'));
    expect(await deliveryTo(older, eventId, 'new-in-this-build')).toMatchObject({
      status: 'pending',
      waitingFor: 'paused',
    });
    await ask(older, 'POST', '/destinations/new-in-this-build/resume');
    expect(await settledDelivery(older, eventId, 'new-in-this-build')).toMatchObject({ status: 'delivered' });
    expect(handled).toEqual(['evt_paused_handler']);
  });

  it('do not lose their sources to a worker that was not given them', async () => {
    const intake = await start({ env: { HOOKYARD_ROLE: 'intake,api' } });
    await start({
      env: { HOOKYARD_ROLE: 'worker' },
      sourcesYaml: 'version: 1\n',
      options: { imports: [NewBuildModule] },
    });
    await until('the handler is known to the intake', async () => {
      const { rows } = await database.pool.query(`SELECT 1 FROM hookyard.source WHERE undeclared_at IS NOT NULL`);
      expect(rows).toEqual([]);
      await send(intake.ingress('stripe'), stripeWebhook(`evt_worker_${handled.length}_${Date.now()}`));
      return handled.length > 0;
    });
  });
});
