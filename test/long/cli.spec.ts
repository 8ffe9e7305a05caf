/** The built command line, as a process: `npm test` builds first. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandsOf } from '../../src/cli/command-reference.js';
import { createProgram } from '../../src/cli/program.js';
import { routerEnv } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'bin', 'hookyard.mjs');

interface Run {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

/** Each starts a Node process or several. */
jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'hookyard-cli-'));
const running: Run[] = [];

/** Starts `hookyard <args>` in an empty folder, with no environment but this. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  const run: Run = { child, stdout: '', stderr: '', ended };
  child.stdout.on('data', (chunk: Buffer) => (run.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (run.stderr += chunk.toString()));
  running.push(run);
  return run;
}

async function hookyard(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Run & { code: number | null }> {
  const run = start(args, env);
  const code = await run.ended;
  return { ...run, code };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

afterEach(() => {
  for (const { child } of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('hookyard', () => {
  it('says what it can do and which version it is', async () => {
    const [help, version] = await Promise.all([hookyard(['--help']), hookyard(['--version'])]);
    expect([help.code, version.code]).toEqual([0, 0]);
    for (const { name } of commandsOf(createProgram()))
      expect(help.stdout).toMatch(new RegExp(`^  ${name.split(' ')[1]}\\b`, 'm'));
    expect(version.stdout.trim()).toBe(
      (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version,
    );
  });

  it('answers a command it does not know with the one that was meant, and code 2', async () => {
    const { code, stderr } = await hookyard(['migrat']);
    expect(code).toBe(2);
    expect(stderr).toContain('migrate');
  });

  it.each([[[]], [['start', '--port', '1']], [['config']], [['trigger', '--duplicate', 'many', 'stripe']]])(
    'ends with code 2 for a command line that it does not understand: %j',
    async (args) => expect((await hookyard(args)).code).toBe(2),
  );

  it('says as JSON what went wrong, where JSON was asked for', async () => {
    const { code, stdout, stderr } = await hookyard(['trigger', 'nobody', '--json']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ status: 'error', data: null, errors: [{ code: 'NOT_FOUND' }, {}] });
  });
});

describe('hookyard config check', () => {
  const GOOD = `version: 1
sources:
  - { slug: stripe, type: stripe, secrets: ["\${STRIPE_WEBHOOK_SECRET}"] }
destinations:
  - { name: billing, url: "https://billing.example.com/T0KEN-IN-PATH", headers: { authorization: "Bearer \${TOKEN}" } }
routes:
  - { source: stripe, to: billing }
`;
  const secrets = {
    STRIPE_WEBHOOK_SECRET: 'whsec_very_secret_one',
    TOKEN: 'very-secret-two',
    HOOKYARD_API_KEY: 'very_secret_three_0123',
  };

  it('prints what would run, secrets only as counts', async () => {
    const { code, stdout, stderr } = await hookyard(['config', 'check', file('good.yaml', GOOD)], secrets);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/slug: stripe\s+type: stripe\s+secrets: 1/);
    expect(stdout).toMatch(/name: billing\s+origin: https:\/\/billing\.example\.com/);
    expect(stdout).toContain('apiKey: set');
    for (const secret of [...Object.values(secrets), 'T0KEN']) expect(stdout).not.toContain(secret);
  });

  it('prints it as JSON for programs', async () => {
    const { stdout } = await hookyard(['config', 'check', '--json', file('good.yaml', GOOD)], secrets);
    expect(JSON.parse(stdout)).toMatchObject({ routes: 1, sources: [{ slug: 'stripe', secrets: 1 }] });
  });

  it('takes the file that HOOKYARD_CONFIG names', async () => {
    const env = { ...secrets, HOOKYARD_CONFIG: file('named.yaml', GOOD) };
    expect((await hookyard(['config', 'check'], env)).stdout).toContain('slug: stripe');
  });

  it('lists every problem at once, with code 1, and repeats no secret', async () => {
    const broken = GOOD.replace('to: billing', 'to: nowhere').replace('type: stripe', 'type: strpe');
    const { code, stdout, stderr } = await hookyard(['config', 'check', file('broken.yaml', broken)], {
      ...secrets,
      PORT: 'many',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('INVALID_CONFIG');
    for (const problem of [/PORT:/, /strpe|sources\[0\]\.type/, /routes\[0\]\.to/]) expect(stderr).toMatch(problem);
    for (const secret of Object.values(secrets)) expect(stderr).not.toContain(secret);
  });
});

describe('hookyard migrate', () => {
  let database: TestDatabase;
  const tables = async (): Promise<number> =>
    (await database.pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'hookyard'`))
      .rows[0]?.n ?? 0;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('asks for DATABASE_URL, and refuses one that is none without repeating it', async () => {
    const [missing, wrong] = await Promise.all([
      hookyard(['migrate']),
      hookyard(['migrate'], { DATABASE_URL: 'mysql://u:very-secret@h/d' }),
    ]);
    expect([missing.code, wrong.code]).toEqual([1, 1]);
    expect(missing.stderr).toContain('DATABASE_URL: is missing');
    expect(wrong.stderr).toContain('DATABASE_URL: must look like');
    expect(wrong.stderr).not.toContain('very-secret');
  });

  it('takes back nothing where nothing is, makes all tables, makes them once, and takes the newest back', async () => {
    const env = { DATABASE_URL: database.url };
    expect(await hookyard(['migrate', '--revert'], env)).toMatchObject({
      code: 0,
      stdout: 'There is nothing to take back.\n',
    });
    const first = await hookyard(['migrate'], env);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const names = [...first.stdout.matchAll(/^migrated: (\w+)$/gm)].map(([, name]) => name);
    expect(names[0]).toMatch(/^CreateEvents\d+$/);
    const all = await tables();
    expect(await hookyard(['migrate'], env)).toMatchObject({ code: 0, stdout: 'The database is up to date.\n' });
    expect(await hookyard(['migrate', '--revert'], env)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/What it stored is lost.*\nSay --yes/),
    });
    expect(await hookyard(['migrate', '--revert', '--yes'], env)).toMatchObject({
      code: 0,
      stdout: `taken back: ${names.at(-1)}\n`,
    });
    expect(await hookyard(['migrate'], env)).toMatchObject({ code: 0, stdout: `migrated: ${names.at(-1)}\n` });
    expect(await tables()).toBe(all);
    expect(JSON.parse((await hookyard(['migrate', '--json'], env)).stdout)).toEqual({ migrated: [] });
  });

  it('says what is missing, and changes nothing', async () => {
    const empty = await createTestDatabase();
    try {
      const env = { DATABASE_URL: empty.url };
      const before = await hookyard(['migrate', 'status'], env);
      expect([before.code, before.stdout]).toEqual([1, expect.stringMatching(/^missing: CreateEvents\d+$/m)]);
      expect((await hookyard(['migrate', 'status'], env)).stdout).toBe(before.stdout);
      expect((await hookyard(['migrate', 'up'], env)).code).toBe(0);
      expect(await hookyard(['migrate', 'status'], env)).toMatchObject({
        code: 0,
        stdout: 'The database is up to date.\n',
      });
      expect((await hookyard(['migrate', 'sideways'], env)).code).toBe(2);
    } finally {
      await empty.drop();
    }
  });

  it('waits for a database that is not up yet', async () => {
    const target = new URL(database.url);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await new Promise((resolve) => taken.close(resolve));
    const late = new URL(database.url);
    late.port = String(port);
    const run = start(['migrate'], { DATABASE_URL: late.href });
    await until('a word about waiting', () => run.stderr.includes('waiting for the database'));
    const proxy = createServer((client) => {
      const server = connect(Number(target.port), target.hostname);
      for (const socket of [client, server]) socket.on('error', () => undefined);
      client.pipe(server).pipe(client);
    }).listen(port, '127.0.0.1');
    try {
      expect(await run.ended).toBe(0);
      expect(run.stderr).not.toContain(target.password);
    } finally {
      proxy.close();
    }
  });
});

describe('hookyard start', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const env = (): Record<string, string> => ({
    ...routerEnv({ databaseUrl: database.url, env: { LOG_LEVEL: 'info' } }),
    HOOKYARD_MIGRATE: 'never',
  });

  it('waits for `hookyard migrate` where it may not migrate itself, is then ready, and ends in order on SIGTERM', async () => {
    const router = start(['start'], env());
    await until('a word about waiting', () => router.stdout.includes('database.unmigrated'));
    expect((await hookyard(['migrate'], { DATABASE_URL: database.url })).code).toBe(0);
    const url = await until('the router to be ready', () => /"event":"ready","url":"([^"]+)"/.exec(router.stdout)?.[1]);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    router.child.kill('SIGTERM');
    expect(await router.ended).toBe(0);
  });

  it('lists what is wrong with the settings, with code 1', async () => {
    const { code, stderr } = await hookyard(['start'], { ...env(), HOOKYARD_ROLE: 'nobody', PORT: '-1' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/HOOKYARD_ROLE:/);
    expect(stderr).toMatch(/PORT:/);
  });
});
