import { Controller, Get, Res } from '@nestjs/common';
import {
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorFunction,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { pendingMigrations } from '../database/migrate.js';
import { Pools } from '../database/pools.js';
import type { HttpErrorCode } from '../errors.js';
import { DeliveryQueue } from '../queue/delivery.queue.js';
import { TopologyStore } from '../routing/topology.store.js';
import { within } from '../within.js';
import { Readiness } from './readiness.js';

const ANSWER_WITHIN_MS = 2_000;

/**
 * live: the process runs. startup: it has finished starting. ready: it can do its work now — database and migrations, and the
 * queue where it works on it. Destinations never matter here: theirs is not our health.
 */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly pools: Pools,
    private readonly queue: DeliveryQueue,
    private readonly readiness: Readiness,
    private readonly topology: TopologyStore,
  ) {}

  @Get('live')
  live(@Res() reply: FastifyReply): Promise<void> {
    return this.answer(reply, []);
  }

  @Get('startup')
  startup(@Res() reply: FastifyReply): Promise<void> {
    return this.answer(reply, [
      () => this.check('started', async () => must(this.readiness.isStarted, 'still starting')),
    ]);
  }

  @Get('ready')
  ready(@Res() reply: FastifyReply): Promise<void> {
    return this.answer(reply, [
      () => this.check('process', async () => must(this.readiness.isUp, 'starting or stopping')),
      () => this.check('database', () => this.checkDatabase()),
      () => this.checkQueue(),
      ...this.shadowSources(),
    ]);
  }

  private async checkDatabase(): Promise<void> {
    const pending = await pendingMigrations(this.pools.work);
    must(pending.length === 0, `migrations pending: ${pending.join(', ')}`);
  }

  private async checkQueue(): Promise<HealthIndicatorResult> {
    const result = await this.check('queue', () => this.queue.ping());
    if (result['queue']?.status === 'up' || this.readiness.needsQueue) return result;
    return this.indicators.check('queue').up({ degraded: true, message: result['queue']?.['message'] as string });
  }

  /** Sources in shadow mode take what nobody has signed: said wherever somebody looks, although it is no reason to be unready. */
  private shadowSources(): HealthIndicatorFunction[] {
    const count = [...this.topology.current.sources.values()].filter(({ isShadow }) => isShadow).length;
    const shown = this.indicators.check('verification').up({ degraded: true, shadowSources: count });
    return count === 0 ? [] : [() => shown];
  }

  /** A check that does not answer in time has failed: a probe must not hang. */
  private async check(name: string, run: () => Promise<unknown>): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(name);
    const late = (): Error => new Error(`no answer within ${ANSWER_WITHIN_MS} ms`);
    try {
      await within(run(), ANSWER_WITHIN_MS, late);
      return indicator.up();
    } catch (error) {
      return indicator.down({ message: error instanceof NotReadyError ? error.message : publicReason(error) });
    }
  }

  private async answer(reply: FastifyReply, checks: HealthIndicatorFunction[]): Promise<void> {
    const result = await this.health.check(checks).catch((error: { getResponse?: () => unknown }) => {
      if (!error.getResponse) throw error;
      return error.getResponse() as HealthCheckResult;
    });
    const ok = result.status === 'ok';
    const data = { checks: result.details };
    const errors: { code: HttpErrorCode; message: string }[] = ok
      ? []
      : [{ code: 'NOT_READY', message: 'This process cannot do its work now.' }];
    reply
      .code(ok ? 200 : 503)
      .headers({ 'content-type': 'application/json', 'cache-control': 'no-store' })
      .send(JSON.stringify({ status: ok ? 'ok' : 'error', data, errors }));
  }
}

class NotReadyError extends Error {}

function must(condition: boolean, message: string): void {
  if (!condition) throw new NotReadyError(message);
}

/** Probes are open to whoever reaches the port: a driver's message may name hosts and users, its code does not. */
function publicReason(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: string };
  if (typeof code === 'string') return code;
  return message?.startsWith('no answer') ? message : 'unreachable';
}
