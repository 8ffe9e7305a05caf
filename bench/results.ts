import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { markdownTable, type Figure } from './table.js';

const FOLDER = 'bench/results';
const PAGE = 'docs/performance.md';
const BEGIN = '<!-- the last whole run: npm run bench -- --save -->';
const END = '<!-- end of the last whole run -->';

/**
 * Writes the figures with machine and commit into `bench/results/`, as JSON and as a table; those of a whole run also into
 * `docs/performance.md`, in place of the ones before. Gives back the table's path.
 */
export async function writeResults(figures: readonly Figure[], isWhole: boolean): Promise<string> {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const date = new Date().toISOString().slice(0, 10);
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${gibibytes} GiB, Node ${process.version}`;
  await mkdir(FOLDER, { recursive: true });
  const name = `${FOLDER}/${date}-${commit}`;
  await writeFile(`${name}.json`, `${JSON.stringify({ date, commit, machine, figures }, null, 2)}\n`);
  const table = `${machine}\n\n${markdownTable(figures)}\n`;
  await writeFile(`${name}.md`, `# ${date}, ${commit}\n\n${table}`);
  if (isWhole) await replaceTable(`${date}, commit ${commit}: ${table}`);
  return `${name}.md`;
}

async function replaceTable(table: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${PAGE} lacks the lines ${BEGIN} and ${END}`);
  await writeFile(PAGE, `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n${page.slice(end)}`);
}
