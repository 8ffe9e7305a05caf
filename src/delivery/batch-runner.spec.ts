import { afterEach, describe, expect, it } from '@jest/globals';
import { deliveryPolicy } from '../config/delivery-policy.js';
import type { BodyStore } from '../events/body.store.js';
import type { BatchStore, TakenBatch } from '../queue/batch.store.js';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';
import { Paces } from '../queue/paces.js';
import type { Destination } from '../routing/topology.js';
import type { TopologyStore } from '../routing/topology.store.js';
import { EventLog } from '../telemetry/event-log.js';
import { Tracing } from '../telemetry/tracing/tracing.js';
import type { Log } from '../telemetry/log.js';
import { BatchRunner } from './batch-runner.js';
import { Breakers } from './breakers.js';
import { fakeDelivery } from './fake-delivery.js';
import type { HandlerRunner } from './handlers/handler-runner.js';
import type { HttpSender } from './http/http-sender.js';
import type { LeaseKeeper } from './lease-keeper.js';
import { Lease } from './lease-keeper.js';
import type { Outcome } from './outcome.js';
import { Runner } from './runner.js';
import type { SettleBuffer } from './settle-buffer.js';
import type { Result } from './settle-results.js';

const answered = (statusCode: number, retryAfterMs?: number): Outcome => ({
  kind: 'answered',
  statusCode,
  retryAfterMs,
  excerpt: undefined,
});
const TIMEOUT: Outcome = { kind: 'failed', errorClass: 'TIMEOUT', excerpt: undefined };
const HTTP = {
  kind: 'http',
  id: 1,
  name: 'billing',
  policy: deliveryPolicy(),
  url: new URL('https://billing.test/hooks?token=x'),
};
const HANDLER = { kind: 'handler', id: 1, name: 'orders', policy: deliveryPolicy() };

const breakers = new Breakers();
afterEach(() => breakers.onApplicationShutdown());

/** Runs one batch; `send` answers for each delivery, by its position. */
async function run(
  count: number,
  send: (position: number, runner: BatchRunner, lease: Lease) => Outcome | Promise<Outcome>,
  {
    batch = {} as Partial<TakenBatch>,
    destination = HTTP as object | null,
    bodies = (references: number, _lease: Lease): Promise<(Buffer | undefined)[]> =>
      Promise.resolve(Array.from({ length: references }, () => Buffer.from('{}'))),
    hasHandler = false,
  } = {},
) {
  const deliveries = Array.from({ length: count }, (_, position) =>
    fakeDelivery({ id: `d${position}`, roundAttempts: 1 }),
  );
  const taken: TakenBatch = {
    id: 'b',
    destinationId: 1,
    isProbe: false,
    gate: 'open',
    slots: 1,
    leaseMs: 35_000,
    deliveries,
    ...batch,
  };
  const lease = new Lease('b', 35_000, performance.now());
  const calls = { sent: [] as string[], dropped: [] as string[], released: 0, lines: [] as Record<string, unknown>[] };
  const results: Result[] = [];
  const attempt = async (delivery: ClaimedDelivery): Promise<Outcome> => {
    calls.sent.push(delivery.id);
    return send(Number(delivery.id.slice(1)), runner, lease);
  };
  const log = {
    info: (line: Record<string, unknown>) => calls.lines.push(line),
    warn: (line: Record<string, unknown>) => calls.lines.push(line),
  };
  const runner: BatchRunner = new BatchRunner(
    {
      take: () => Promise.resolve(taken),
      drop: (id: string) => Promise.resolve(void calls.dropped.push(id)),
    } as unknown as BatchStore,
    { readBodies: (references: readonly unknown[]) => bodies(references.length, lease) } as unknown as BodyStore,
    {
      current: { destinations: new Map(destination ? [[1, destination as Destination]] : []) },
    } as unknown as TopologyStore,
    { hold: () => lease, release: () => (calls.released += 1) } as unknown as LeaseKeeper,
    breakers,
    { send: attempt } as unknown as HttpSender,
    {
      has: () => hasHandler,
      run: (_batch: string, delivery: ClaimedDelivery) => attempt(delivery),
    } as unknown as HandlerRunner,
    { add: (result: Result) => Promise.resolve(void results.push(result)) } as unknown as SettleBuffer,
    new Runner(),
    new EventLog(log as unknown as Log),
    new Tracing(undefined),
    new Paces(),
  );
  await runner.run('b');
  const settled = results.map(({ deliveryId, settlement }) => [
    deliveryId,
    settlement.status,
    settlement.attempt,
    settlement.delayMs,
  ]);
  return { ...calls, results, settled };
}

describe('BatchRunner', () => {
  it('sends each delivery and settles each as it ends', async () => {
    const { settled, released, lines } = await run(2, (position) => answered(position === 0 ? 200 : 422));
    expect(settled).toEqual([
      ['d0', 'delivered', 'delivered', undefined],
      ['d1', 'dead', 'failed', undefined],
    ]);
    expect(released).toBe(1);
    expect(lines.map(({ event, target }) => [event, target])).toEqual([
      ['delivery.attempted', 'https://billing.test'],
      ['delivery.dead', 'https://billing.test'],
    ]);
  });

  it('sends no more at the same time than the batch has slots', async () => {
    let now = 0;
    let most = 0;
    const { sent } = await run(
      10,
      async () => {
        most = Math.max(most, (now += 1));
        for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
        now -= 1;
        return answered(200);
      },
      { batch: { slots: 3 } },
    );
    expect([sent.length, most]).toEqual([10, 3]);
  });

  it.each([
    ['a timeout', TIMEOUT, 'failed'],
    ['a request for quiet', answered(429, 60_000), 'deferred'],
    ['a 503 that says when', answered(503, 60_000), 'deferred'],
    ['a destination that is gone', answered(410), 'failed'],
  ])('gives back, without an attempt, what has not started after %s', async (_case, outcome, attempt) => {
    const { sent, settled, results } = await run(3, (position) => (position === 1 ? outcome : answered(200)));
    expect(sent).toEqual(['d0', 'd1']);
    expect(settled.map(([, , how]) => how)).toEqual(['delivered', attempt, undefined]);
    expect(settled[2]).toEqual(['d2', 'pending', undefined, 0]);
    expect(results[2]?.settlement.counts).toBe(false);
  });

  it('goes on after an answer that is only wrong', async () => {
    const { sent } = await run(3, () => answered(500));
    expect(sent).toHaveLength(3);
  });

  it('starts nothing more when the process is stopping', async () => {
    const { sent, settled } = await run(3, (_position, runner) => {
      runner.stopSending();
      return answered(200);
    });
    expect(sent).toEqual(['d0']);
    expect(settled.slice(1)).toEqual([
      ['d1', 'pending', undefined, 0],
      ['d2', 'pending', undefined, 0],
    ]);
  });

  it('starts nothing more once the lease is lost', async () => {
    const { sent } = await run(3, (_position, _runner, lease) => {
      lease.lose();
      return answered(200);
    });
    expect(sent).toEqual(['d0']);
  });

  it('does not start what the lease no longer covers when its body has been read', async () => {
    const bodies = (references: number, lease: Lease): Promise<Buffer[]> => {
      lease.lose();
      return Promise.resolve(Array.from({ length: references }, () => Buffer.from('{}')));
    };
    const { sent, settled } = await run(1, () => answered(200), { bodies });
    expect(sent).toEqual([]);
    expect(settled).toEqual([['d0', 'pending', undefined, 0]]);
  });

  it('sends nothing through a gate that was shut since the claim', async () => {
    expect((await run(2, () => answered(200), { batch: { gate: 'shut' } })).sent).toEqual([]);
  });

  it('sends a probe, which uses no attempt', async () => {
    breakers.follow(1, 'shut');
    const probe = await run(1, () => answered(500), { batch: { isProbe: true } });
    expect(probe.sent).toEqual(['d0']);
    expect(probe.results[0]).toMatchObject({ isProbe: true, settlement: { counts: false, health: 'failed' } });
  });

  it('makes a delivery dead whose body is no longer stored', async () => {
    const { sent, settled } = await run(2, () => answered(200), {
      bodies: () => Promise.resolve([undefined, Buffer.from('{}')]),
    });
    expect(sent).toEqual(['d1']);
    expect(settled[0]).toEqual(['d0', 'dead', 'failed', undefined]);
  });

  it('gives everything back while bodies cannot be read', async () => {
    const { sent, settled } = await run(2, () => answered(200), { bodies: () => Promise.reject(new Error('away')) });
    expect(sent).toEqual([]);
    expect(settled.map(([, status, attempt, delayMs]) => [status, attempt, delayMs])).toEqual([
      ['pending', undefined, 1_000],
      ['pending', undefined, 1_000],
    ]);
  });

  it('leaves to other processes what this one has no destination or handler for', async () => {
    for (const destination of [null, HANDLER]) {
      const { sent, settled } = await run(1, () => answered(200), { destination });
      expect(sent).toEqual([]);
      expect(settled).toEqual([['d0', 'pending', undefined, 1_000]]);
    }
    expect((await run(1, () => ({ kind: 'committed' }), { destination: HANDLER, hasHandler: true })).settled).toEqual([
      ['d0', 'delivered', undefined, undefined],
    ]);
  });

  it('drops a batch that holds nothing', async () => {
    expect((await run(0, () => answered(200))).dropped).toEqual(['b']);
  });
});
