import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { Readiness } from '../health/readiness.js';
import type { Log } from '../telemetry/log.js';
import type { PreparedDatabase } from './prepare-database.js';
import type { Stages, WorkerStages } from './start-stages.js';

/** Kubernetes gives 30 s by default; we promise 10. */
const ABORT_SENDS_AFTER_MS = 7_000;
const FLUSH_WITHIN_MS = 1_500;
const CLOSE_WITHIN_MS = 1_000;

export interface Running {
  readonly app: NestFastifyApplication;
  readonly adapter: FastifyAdapter;
  readonly management: Server | undefined;
  readonly stages: Stages;
  readonly database: PreparedDatabase;
  readonly log: Log;
}

/**
 * Ends a process within 10 s and loses nothing: what was taken is answered, what was sent is settled, what was not started is
 * given back, and the database that all of it is written to goes last. What a hard stop interrupts, the leases bring back.
 */
export async function shutDown({ app, adapter, management, stages, database, log }: Running): Promise<void> {
  const startedAt = performance.now();
  const deadline = (ms: number): number => Math.max(0, ms - (performance.now() - startedAt));
  const within = async (what: string, ms: number, work: Promise<unknown>): Promise<void> => {
    const late = sleep(ms, 'late' as const, { ref: false });
    const ended = await Promise.race([work.then(() => 'done' as const, (error: Error) => error), late]);
    if (ended !== 'done') {
      log.warn({ event: 'stop.step', what, ended: ended === 'late' ? 'late' : ended.message }, 'left unfinished');
    }
  };

  app.get(Readiness).stopping();
  const closed = closeListeners(adapter, management);
  if (stages.intake) await within('intake', 2_500, stages.intake.stop());
  await within('listeners', CLOSE_WITHIN_MS, closed);
  await within('relay', CLOSE_WITHIN_MS, stages.relay.stop());
  if (stages.worker) await drainWorker(stages.worker, deadline, within);
  stages.stopWatching();
  await within('application', CLOSE_WITHIN_MS, app.close());
  await within('database', CLOSE_WITHIN_MS * 3, database.stop());
  log.info({ event: 'stopped', durationMs: Math.round(performance.now() - startedAt) }, 'Hookyard has stopped');
}

async function drainWorker(
  { runner, leases, buffer, consumer, presence }: WorkerStages,
  deadline: (ms: number) => number,
  within: (what: string, ms: number, work: Promise<unknown>) => Promise<void>,
): Promise<void> {
  presence.stop();
  runner.stopSending();
  const drained = runner.drain();
  const timer = setTimeout(() => runner.abortSends(), deadline(ABORT_SENDS_AFTER_MS));
  await within('sends', deadline(ABORT_SENDS_AFTER_MS) + FLUSH_WITHIN_MS, drained);
  clearTimeout(timer);
  await within('settle', FLUSH_WITHIN_MS, buffer.drain());
  buffer.giveUp();
  leases.stop();
  // Its jobs are done with; force, because BullMQ's own wait has no end when its backend is away.
  await within('worker', CLOSE_WITHIN_MS, consumer.worker.close(true));
}

/** No new connections; idle ones end now, busy ones with their answer. */
function closeListeners(adapter: FastifyAdapter, management: Server | undefined): Promise<unknown> {
  const servers = [adapter.getInstance().server, ...(management ? [management] : [])];
  return Promise.all(
    servers.map((server) => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      return closed;
    }),
  );
}
