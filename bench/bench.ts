/**
 * `npm run bench`: the measures in one run, as a table. A figure that misses its bar is printed as missed and the exit code is 0
 * all the same, because machines differ; `--guard` exits with 1 when a ratio is less than half of what it must be.
 */
import { parseArgs } from 'node:util';
import { withBenchServer } from './bench-database.js';
import { withRedis } from './bench-redis.js';
import { type Effort, type Measure } from './measure.js';
import { bareInsert } from './measures/bare-insert.js';
import { claimBesideBacklog } from './measures/claim-beside-backlog.js';
import { drain } from './measures/drain.js';
import { intake } from './measures/intake.js';
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
  'claim-beside-backlog': claimBesideBacklog,
  lists,
  'start-up': startUp,
  verification,
};

const FULL: Effort = { seconds: 8, rounds: 3, backlog: 20_000, history: 1_000_000 };
const SHORT: Effort = { seconds: 3, rounds: 1, backlog: 4_000, history: 10_000 };

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    seconds: { type: 'string' },
    short: { type: 'boolean' },
    guard: { type: 'boolean' },
    json: { type: 'boolean' },
    save: { type: 'boolean' },
  },
});
const unknown = (values.only ?? []).filter((name) => !Object.hasOwn(measures, name));
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
if (unknown.length > 0 || (seconds !== undefined && !(seconds >= 1 && seconds <= 600))) {
  console.error(`usage: npm run bench -- [--only <measure>]… [--seconds 1…600] [--short] [--guard] [--json] [--save]`);
  console.error(`measures: ${Object.keys(measures).join(', ')}`);
  process.exit(2);
}
const effort = { ...(values.short ? SHORT : FULL), ...(seconds === undefined ? {} : { seconds }) };
const figures: Figure[] = [];
await withRedis(async (redisUrl) => {
  const receiver = await Receiver.start();
  for (const [name, measure] of Object.entries(measures)) {
    if (values.only && !values.only.includes(name)) continue;
    console.error(`measuring ${name} …`);
    receiver.reset();
    figures.push(...(await withBenchServer((server) => measure({ server, receiver, effort, redisUrl }))));
  }
  await receiver.stop();
});
console.log(values.json ? JSON.stringify(figures, null, 2) : textTable(figures));
if (values.save) console.error(`written to ${await writeResults(figures)}`);
if (values.guard && figures.some(isGrosslyMissed)) {
  console.error(
    `grossly missed: ${figures
      .filter(isGrosslyMissed)
      .map(({ measure }) => measure)
      .join(', ')}`,
  );
  process.exitCode = 1;
}
