/**
 * `npm run bench`: the measures in one run, as a table. `--only <name>` runs one, `--json` prints for machines.
 * A figure that misses its bar is printed as missed; the exit code is 0 all the same, because machines differ.
 */
import { parseArgs } from 'node:util';
import { withBenchDatabase } from './bench-database.js';
import { claimBesideBacklog } from './measures/claim-beside-backlog.js';
import { drain } from './measures/drain.js';
import { intake } from './measures/intake.js';
import { printTable, type Figure } from './table.js';

/** Measures by name, in the order they run. Each gets a database server of its own run and gives figures. */
const measures: Record<string, (databaseUrl: string) => Promise<Figure[]>> = {
  'claim-beside-backlog': claimBesideBacklog,
  intake,
  drain,
};

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'boolean' } } });
const names = Object.keys(measures).filter((name) => values.only === undefined || name === values.only);
if (names.length === 0) {
  console.error(`There is no measure ${values.only}; there are ${Object.keys(measures).join(', ')}.`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const name of names) {
  console.error(`measuring ${name} …`);
  figures.push(...(await withBenchDatabase(measures[name] as (url: string) => Promise<Figure[]>)));
}
if (values.json) console.log(JSON.stringify(figures, null, 2));
else printTable(figures);
