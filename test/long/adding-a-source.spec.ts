/** docs/adding-a-source.md, followed to the letter: its commands are run, its files written, its promises held against the output. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckoutCopy } from '../support/checkout-copy.js';
import { freePort } from '../support/free-port.js';
import { ended } from '../support/installed-shop.js';
import { routerEnv } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { stepsOf, Walker, type Step } from '../support/walk.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENT = readFileSync(join(ROOT, 'docs/adding-a-source.md'), 'utf8');

// Installs, compiles and builds; the reader has ten minutes for each.
jest.setTimeout(600_000);

let around: string;
let database: TestDatabase | undefined;
let walker: Walker | undefined;

beforeAll(async () => {
  around = await mkdtemp(join(tmpdir(), 'hookyard-walk-'));
});
afterAll(() => rm(around, { recursive: true, force: true }));
afterEach(async () => {
  await walker?.end();
  await database?.drop();
  [walker, database] = [undefined, undefined];
});

/** The document's own words, but for the port, which may be taken here. */
async function follow(walk: string, start: string): Promise<TestDatabase> {
  const own = (database = await createTestDatabase());
  const scratch = await mkdtemp(join(around, 'memory-'));
  const port = await freePort();
  walker = new Walker(scratch, start, {
    ...readersEnv(),
    ...routerEnv({ databaseUrl: own.url, env: { PORT: String(port), LOG_LEVEL: 'info', LOG_FORMAT: 'json' } }),
    // The database is there; and what npm has already, it need not fetch.
    npm_config_omit: 'optional',
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
  });
  for (const step of stepsOf(DOCUMENT).filter((candidate) => candidate.walk === walk)) {
    await walker.take(withPort(step, port));
  }
  return own;
}

/** This process's, as far as a reader has it too: without what npm and the tests put there. */
function readersEnv(): Record<string, string> {
  const foreign =
    /^(?:npm_(?:package|lifecycle|config_local_prefix)|INIT_CWD$|HOOKYARD_|DATABASE_URL|REDIS_URL|NODE_OPTIONS|JEST)/;
  const own = Object.entries(process.env).filter((entry): entry is [string, string] => !foreign.test(entry[0]));
  return { ...Object.fromEntries(own), PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
}

function withPort(step: Step, port: number): Step {
  return { ...step, text: step.text.replaceAll('localhost:3000', `localhost:${port}`) };
}

describe('docs/adding-a-source.md', () => {
  it('has two walks with commands, files and promises', () => {
    const steps = stepsOf(DOCUMENT);
    for (const walk of ['application', 'checkout']) {
      const actions = steps.filter((step) => step.walk === walk).map(({ action }) => action);
      expect(new Set(actions)).toEqual(new Set(['run', 'file', 'expect', 'start']));
    }
    expect(DOCUMENT.match(/<!-- walk/g)).toHaveLength(steps.length);
  });

  it('leads from an empty folder to an application that takes webhooks of its own source', async () => {
    const hookyard = join(around, 'hookyard');
    await mkdir(hookyard);
    const pack = await ended(
      spawn('npm', ['pack', '--ignore-scripts', '--pack-destination', hookyard], {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    expect(pack.code).toBe(0);
    const { pool } = await follow('application', around);
    const { rows } = await pool.query('SELECT DISTINCT type, subject FROM hookyard.event WHERE external_id = $1', [
      'd-1',
    ]);
    expect(rows).toEqual([{ type: 'parcel.delivered', subject: 'P-7' }]);
  });

  it('leads from a checkout to a router that knows one source more', async () => {
    const checkout = await CheckoutCopy.make();
    try {
      const { pool } = await follow('checkout', checkout.folder);
      const { rows } = await pool.query('SELECT type FROM hookyard.event');
      expect(rows).toEqual([{ type: 'parcel.delivered' }, { type: 'parcel.delivered' }]);
    } finally {
      await walker?.end();
      await checkout.remove();
    }
  });
});
