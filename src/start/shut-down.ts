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
const FAREWELL_MS = 200;
const SWEEP_EVERY_MS = 50;
/** Each step alone is bounded; with a database that hangs every one of them would be late, so their sum is bounded too. */
const ALL_WITHIN_MS = 9_500;
/** Kept for the last step: the embedded database must be told to stop, whatever hung before. */
const KEPT_FOR_DATABASE_MS = 1_000;

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
  const within = async (
    what: string,
    ms: number,
    work: Promise<unknown>,
    keptMs = KEPT_FOR_DATABASE_MS,
  ): Promise<void> => {
    const late = sleep(Math.min(ms, deadline(ALL_WITHIN_MS - keptMs)), 'late' as const, { ref: false });
    const ended = await Promise.race([
      work.then(
        () => 'done' as const,
        (error: Error) => error,
      ),
      late,
    ]);
    if (ended !== 'done') {
      log.warn({ event: 'stop.step', what, ended: ended === 'late' ? 'late' : ended.message }, 'left unfinished');
    }
  };

  app.get(Readiness).stopping();
  // It would be refused, and say that something is wrong.
  if (stages.monitor) await within('monitor', CLOSE_WITHIN_MS, stages.monitor.stop());
  const servers = [adapter.getInstance().server, ...(management ? [management] : [])];
  await sayFarewell(servers);
  // Their connections would never be idle.
  const streamsEnded = stages.streams?.stop();
  stages.tests?.stop();
  const closed = closeListeners(servers);
  if (stages.intake) await within('intake', 2_500, stages.intake.stop());
  await within('listeners', CLOSE_WITHIN_MS, closed);
  if (streamsEnded) await within('streams', CLOSE_WITHIN_MS, streamsEnded);
  if (stages.replays) await within('replays', CLOSE_WITHIN_MS, stages.replays.stop());
  await within('relay', CLOSE_WITHIN_MS, stages.relay.stop());
  if (stages.worker) await drainWorker(stages.worker, deadline, within);
  await within('alerts', CLOSE_WITHIN_MS, Promise.all([stages.alerts.stop(), stages.digest.stop()]));
  // The last results are settled, and so counted, by now.
  await within('activity', CLOSE_WITHIN_MS, stages.activity.stop());
  await within('issues', CLOSE_WITHIN_MS, stages.issues.flush());
  stages.stopWatching();
  await within('application', CLOSE_WITHIN_MS, app.close());
  await within('database', CLOSE_WITHIN_MS * 3, database.stop(), 0);
  log.info({ event: 'stopped', durationMs: Math.round(performance.now() - startedAt) }, 'Hookyard has stopped');
}

async function drainWorker(
  { runner, leases, buffer, consumer, presence }: WorkerStages,
  deadline: (ms: number) => number,
  within: (what: string, ms: number, work: Promise<unknown>) => Promise<void>,
): Promise<void> {
  presence.stop();
  // Jobs that nobody has begun stay in the queue, for another process or for the next start.
  await within('fetching', CLOSE_WITHIN_MS, consumer.worker.pause(true));
  runner.stopSending();
  const drained = runner.drain();
  const timer = setTimeout(() => runner.abortSends(), deadline(ABORT_SENDS_AFTER_MS));
  await within('sends', deadline(ABORT_SENDS_AFTER_MS) + FLUSH_WITHIN_MS, drained);
  clearTimeout(timer);
  await within('settle', FLUSH_WITHIN_MS, buffer.drain());
  buffer.giveUp();
  leases.stop();
  // Not by force: that would leave its wait for a next job behind, up to 5 s long. Its jobs are done with, so this takes no
  // time, except when the backend is away; then it has no end and is left.
  await within('worker', CLOSE_WITHIN_MS, consumer.worker.close());
}

/**
 * For a moment requests are still taken, and each answer ends its connection. To close a connection that seems idle while its
 * sender is just writing the next request would reset it; who sends all the time gets an answer first.
 */
async function sayFarewell(servers: readonly Server[]): Promise<void> {
  for (const server of servers) {
    server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  }
  await sleep(FAREWELL_MS);
}

/** No new connections; idle ones end now, busy ones with their answer. */
function closeListeners(servers: readonly Server[]): Promise<unknown> {
  return Promise.all(
    servers.map(async (server) => {
      // An answer that was begun before the farewell leaves its connection open, and idle from then on.
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_EVERY_MS).unref();
      await new Promise((resolve) => server.close(resolve));
      clearInterval(sweep);
    }),
  );
}
