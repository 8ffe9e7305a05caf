import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebhookHandler, type WebhookEvent } from '../../src/delivery/handlers/webhook-handler.js';
import type { StartupError } from '../../src/errors.js';
import { accepted, deliveryTo, settledDelivery } from '../support/deliveries.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

@Injectable()
class WrongHandlers {
  @WebhookHandler({ name: 'twice', sourceType: 'stripe' })
  first(): void {}

  @WebhookHandler({ name: 'twice', sourceType: 'stripe' })
  second(): void {}

  @WebhookHandler({ name: 'inbox', sourceType: 'stripe' })
  takenByADestination(): void {}

  @WebhookHandler({ sourceType: 'stripe' } as never)
  nameless(): void {}

  @WebhookHandler({ name: 'nowhere', source: 'stirpe' })
  unknownSource(): void {}

  @WebhookHandler({ name: 'no-type', sourceType: 'strpie' })
  unknownType(): void {}

  @WebhookHandler({ name: 'neither' })
  neither(): void {}

  @WebhookHandler({ name: 'impatient', sourceType: 'stripe', timeout: '1ms' })
  outOfRange(): void {}
}

const ran: string[] = [];

@Injectable()
class RightHandlers {
  @WebhookHandler({ name: 'counted', sourceType: 'stripe' })
  async counted(event: WebhookEvent): Promise<void> {
    await sleep(1);
    ran.push(event.id);
  }
}

@Module({ providers: [WrongHandlers] })
class WrongModule {}

@Module({ providers: [RightHandlers] })
class RightModule {}

describe('handlers at start', () => {
  it('stop it when they are wrong, every problem told at once', async () => {
    const database = await createTestDatabase();
    const yaml = 'destinations:\n  - { name: inbox, url: "http://127.0.0.1:9/", allowPrivateNetwork: true }\n';
    const error = await startRouter({ databaseUrl: database.url, yaml, options: { imports: [WrongModule] } }).then(
      async (router) => {
        await router.close();
        throw new Error('it started');
      },
      (failure: StartupError) => failure,
    );
    expect(error.code).toBe('INVALID_HANDLERS');
    expect(error.problems).toEqual([
      expect.stringMatching(/WrongHandlers\.second: the name twice is taken by another handler/),
      expect.stringMatching(/takenByADestination: the name inbox is taken by a destination/),
      expect.stringMatching(/nameless: name is required/),
      expect.stringMatching(/unknownSource: unknown source stirpe; configured: stripe, shopify, telegram/),
      expect.stringMatching(/unknownType: unknown sourceType strpie/),
      expect.stringMatching(/neither: give exactly one of source and sourceType/),
      expect.stringMatching(/outOfRange: timeout: is out of range/),
    ]);
    await database.drop();
  });
});

describe('a handler that one process has and another has not', () => {
  let database: TestDatabase;
  let without: TestRouter;
  let having: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    without = await startRouter({ databaseUrl: database.url, env: { HOOKYARD_ROLE: 'intake,api' } });
    having = await startRouter({ databaseUrl: database.url, options: { imports: [RightModule] } });
    // Its picture of the configuration is a second old at most.
    await sleep(1_100);
  });
  afterAll(async () => {
    await Promise.all([without.close(), having.close()]);
    await database.drop();
  });

  it('is run by the one that has it, wherever the webhook came in', async () => {
    ran.length = 0;
    const ids = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        accepted(n % 2 ? without : having, 'stripe', stripeWebhook(`evt_counted_${n}`)),
      ),
    );
    const settled = await Promise.all(ids.map((id) => settledDelivery(having, id, 'counted')));
    expect(new Set(settled.map(({ status, attempts }) => `${status} ${attempts}`))).toEqual(new Set(['delivered 1']));
    expect([...ran].sort()).toEqual([...ids].sort());
  });

  it('waits, with no attempt used, while nobody has it', async () => {
    await having.close();
    const eventId = await accepted(without, 'stripe', stripeWebhook('evt_waiting'));
    // Longer than its relay sleeps at most.
    await sleep(1_200);
    expect(await deliveryTo(without, eventId, 'counted')).toMatchObject({ status: 'pending', attempts: 0 });
    expect((await database.pool.query('SELECT 1 FROM hookyard.delivery_batch')).rows).toEqual([]);
    having = await startRouter({ databaseUrl: database.url, options: { imports: [RightModule] } });
    expect(await settledDelivery(without, eventId, 'counted')).toMatchObject({ status: 'delivered', attempts: 1 });
  });
});
