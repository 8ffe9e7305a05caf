/**
 * `npm run bench`: the measures in one run, as a table. A figure that misses its bar is printed as missed and the exit code is 0
 * all the same, because machines differ; `--guard` exits with 1 when a ratio is less than half of what it must be. `--short` takes
 * less of everything, and only the measures of every CI; `--long` grows to ten million events; `--soak 10m` only soaks.
 */
import { parseArgs } from 'node:util';
import { withBenchServer } from './bench-database.js';
import { withRedis } from './bench-redis.js';
import { type Effort, type Measure } from './measure.js';
import { bareInsert } from './measures/bare-insert.js';
import { bodySizes } from './measures/body-sizes.js';
import { claimBesideBacklog } from './measures/claim-beside-backlog.js';
import { destinations } from './measures/destinations.js';
import { drain } from './measures/drain.js';
import { duplicates } from './measures/duplicates.js';
import { fanOut } from './measures/fan-out.js';
import { forged } from './measures/forged.js';
import { growth } from './measures/growth.js';
import { handlers } from './measures/handlers.js';
import { intake } from './measures/intake.js';
import { isolation } from './measures/isolation.js';
import { processes } from './measures/processes.js';
import { replay } from './measures/replay.js';
import { scrape } from './measures/scrape.js';
import { soak } from './measures/soak.js';
import { lists } from './measures/lists.js';
import { startUp } from './measures/start-up.js';
import { steady } from './measures/steady.js';
import { verification } from './measures/verification.js';
import { wholePath } from './measures/whole-path.js';
import { Receiver } from './receiver.js';
import { writeResults } from './results.js';
import { isGrosslyMissed, textTable, type Figure } from './table.js';

/** By name, in the order they run. */
const measures: Record<string, Measure> = {
  intake,
  'bare-insert': bareInsert,
  drain,
  'whole-path': wholePath,
  steady,
  isolation,
  processes,
  'fan-out': fanOut,
  destinations,
  handlers,
  'body-sizes': bodySizes,
  duplicates,
  forged,
  replay,
  scrape,
  growth,
  soak,
  'claim-beside-backlog': claimBesideBacklog,
  lists,
  'start-up': startUp,
  verification,
};

const FULL: Effort = {
  seconds: 8,
  rounds: 3,
  backlog: 20_000,
  history: 1_000_000,
  forged: 100_000,
  replayed: 100_000,
  soakSeconds: 60,
};
const SHORT: Effort = {
  seconds: 3,
  rounds: 1,
  backlog: 4_000,
  history: 50_000,
  forged: 3_000,
  replayed: 4_000,
  soakSeconds: 10,
};
const LONG_HISTORY = 10_000_000;
/** What `--short` runs when nothing is named: what has a baseline, in less than three minutes. */
const SHORT_MEASURES = ['intake', 'bare-insert', 'drain', 'whole-path', 'verification'];

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    short: { type: 'boolean' },
    long: { type: 'boolean' },
    soak: { type: 'string' },
    guard: { type: 'boolean' },
    json: { type: 'boolean' },
    save: { type: 'boolean' },
  },
});
const unknown = (values.only ?? []).filter((name) => !Object.hasOwn(measures, name));
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
const soakMs = values.soak === undefined ? undefined : readDuration(values.soak);
if (
  unknown.length > 0 ||
  (values.soak !== undefined && soakMs === undefined) ||
  (seconds !== undefined && !(seconds >= 1 && seconds <= 600))
) {
  console.error(
    `usage: npm run bench -- [--only <measure>]… [--seconds 1…600] [--short | --long] [--soak 10m] [--guard] [--json] [--save]`,
  );
  console.error(`measures: ${Object.keys(measures).join(', ')}`);
  process.exit(2);
}
const effort = {
  ...(values.short ? SHORT : FULL),
  ...(values.long && { history: LONG_HISTORY }),
  ...(seconds !== undefined && { seconds }),
  ...(soakMs !== undefined && { soakSeconds: Math.round(soakMs / 1000) }),
};
const chosen = values.only ?? (soakMs !== undefined ? ['soak'] : values.short ? SHORT_MEASURES : Object.keys(measures));
const figures: Figure[] = [];
const broken: string[] = [];
await withRedis(async (redisUrl) => {
  const receiver = await Receiver.start();
  for (const [name, measure] of Object.entries(measures)) {
    if (!chosen.includes(name)) continue;
    console.error(`measuring ${name} …`);
    receiver.reset();
    const startedAt = performance.now();
    try {
      figures.push(...(await withBenchServer((server) => measure({ server, receiver, effort, redisUrl }))));
    } catch (error) {
      // An hour's other figures are worth keeping; that this one is missing is said at the end.
      broken.push(name);
      console.error(`${name} broke off:`, error);
    }
    console.error(`  ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }
  await receiver.stop();
});
console.log(values.json ? JSON.stringify(figures, null, 2) : textTable(figures));
const isWhole = chosen.length === Object.keys(measures).length && !values.short && broken.length === 0;
if (values.save) console.error(`written to ${await writeResults(figures, isWhole)}`);
if (broken.length > 0) {
  console.error(`broke off: ${broken.join(', ')}`);
  process.exitCode = 1;
}
if (values.guard && figures.some(isGrosslyMissed)) {
  console.error(
    `grossly missed: ${figures
      .filter(isGrosslyMissed)
      .map(({ measure }) => measure)
      .join(', ')}`,
  );
  process.exitCode = 1;
}

/** `90s`, `10m`, `2h`; `undefined` when it is none. */
function readDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  const perUnit = { s: 1_000, m: 60_000, h: 3_600_000 }[unit ?? ''];
  return perUnit === undefined ? undefined : Number(count) * perUnit;
}
