/**
 * `npm run demo`: the whole way of a webhook on this machine alone, without network, Redis or Docker. The router is a real process on
 * an embedded PostgreSQL; every claim is checked from outside it: at the destinations, over the management API, with SQL.
 * Exits with 0 only if every check held. `-- --keep` leaves it running.
 */
import { parseArgs } from 'node:util';
import { keepRunning } from './keep-running.js';
import { Playground } from './playground.js';
import { Report } from './report.js';
import { downDestination } from './scenes/down-destination.js';
import { duplicates } from './scenes/duplicates.js';
import { killAndRestart } from './scenes/kill-and-restart.js';
import { orderlyStop } from './scenes/orderly-stop.js';
import { recoveringDestination } from './scenes/recovering-destination.js';
import { strangers } from './scenes/strangers.js';
import { stumblingHandler } from './scenes/stumbling-handler.js';
import { threeSenders } from './scenes/three-senders.js';

const PROVED =
  'three providers verified, stored and delivered; 20 duplicates made one event; a forgery and an unknown source were refused; ' +
  'a failing destination was retried until it recovered; one that was down was left alone by its breaker; a handler wrote exactly once; kill -9 lost nothing and doubled nothing.';

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const interrupted = new AbortController();
// Also the second and third time (npm passes Ctrl-C on once more): cleaning up is bounded, and must not be cut short.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
// `npm run demo | head` closes our output early; that ends the demo like Ctrl-C.
process.stdout.on('error', () => interrupted.abort());

const report = new Report();
let complete = false;
let playground: Playground | undefined;
try {
  playground = await Playground.open();
  await Promise.race([play(playground), whenInterrupted(interrupted.signal)]);
} catch (error) {
  if (!interrupted.signal.aborted) report.broken(error);
} finally {
  await playground?.close();
}
finish();

async function play(world: Playground): Promise<void> {
  const { signal } = interrupted;
  console.log('Hookyard, from a webhook to its delivery: on this machine alone, no network, no Redis, no Docker.\n');
  console.log('Starting the router, a process of its own, on an embedded PostgreSQL …');
  const startMs = await world.startRouter(signal);
  report.line(`ready after ${(startMs / 1000).toFixed(1)} s at ${world.router.url} (process ${world.router.pid})`);
  report.line(`a receiver at ${world.receiver.url} plays the destinations`);
  try {
    await threeSenders(world, report);
    await duplicates(world, report);
    await strangers(world, report);
    await recoveringDestination(world, report);
    await stumblingHandler(world, report);
    await downDestination(world, report);
    await killAndRestart(world, report, signal);
    if (!options.keep) await orderlyStop(world, report);
    complete = true;
  } catch (error) {
    if (signal.aborted) return;
    report.broken(error);
  }
  if (options.keep) await keepRunning(world, signal);
}

async function whenInterrupted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  report.end();
  console.log('\nEnding the router and its database …');
}

/** The last line says what was proved, or that it was not. */
function finish(): never {
  const { failed, checks, elapsed } = report;
  if (report.passed && complete) {
    console.log(`\nProved in ${elapsed}, by ${checks} checks from outside: ${PROVED}`);
    process.exit(0);
  }
  if (failed.length > 0) {
    console.log(
      `\nThe router's last log lines:\n${(playground?.log.lines ?? []).map((line) => `   ${line}`).join('\n')}`,
    );
    console.log(`\n${failed.map((claim) => `✗ ${claim}`).join('\n')}`);
  }
  const what = failed.length > 0 ? `${failed.length} of ${checks} checks failed` : 'it did not run to its end';
  console.log(`\nNot proved: ${what} (${elapsed}).`);
  process.exit(failed.length === 0 ? 130 : 1);
}
