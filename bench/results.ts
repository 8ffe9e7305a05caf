import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { markdownTable, type Figure } from './table.js';

const FOLDER = 'bench/results';

/** Writes the figures with machine and commit into `bench/results/`, as JSON and as a table; gives back the table's path. */
export async function writeResults(figures: readonly Figure[]): Promise<string> {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const date = new Date().toISOString().slice(0, 10);
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${gibibytes} GiB, Node ${process.version}`;
  await mkdir(FOLDER, { recursive: true });
  const name = `${FOLDER}/${date}-${commit}`;
  await writeFile(`${name}.json`, `${JSON.stringify({ date, commit, machine, figures }, null, 2)}\n`);
  await writeFile(`${name}.md`, `# ${date}, ${commit}\n\n${machine}\n\n${markdownTable(figures)}\n`);
  return `${name}.md`;
}
