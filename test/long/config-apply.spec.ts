import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { accepted, deliveryTo } from '../support/deliveries.js';
import { operate } from '../support/operate.js';
import { Receiver } from '../support/receiver.js';
import { SOURCES_YAML, startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const BIN = fileURLToPath(new URL('../../bin/hookyard.mjs', import.meta.url));
const KEY = randomBytes(32).toString('base64');
const SIGNING = `whsec_${randomBytes(32).toString('base64')}`;

interface Plan {
  changes: { action: string; kind: string; name: string; keys: string[] }[];
  applied: boolean;
}

describe('hookyard config apply', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let folder: string;
  const routers: TestRouter[] = [];

  const destination = (name: string, extra = ''): string =>
    `  - { name: ${name}, url: "${receiver.url}/${name}", allowPrivateNetwork: true${extra} }\n`;
  const yaml = (names: string[], extra = ''): string =>
    `destinations:\n${names.map((name) => destination(name, extra)).join('')}routes:\n${names.map((name) => `  - { source: stripe, to: ${name} }\n`).join('')}`;
  const start = async (text: string): Promise<TestRouter> => {
    const router = await startRouter({ databaseUrl: database.url, yaml: text, env: { HOOKYARD_ENCRYPTION_KEY: KEY } });
    routers.push(router);
    return router;
  };
  const command = async (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ code: number; out: string; error: string }> => {
    const all = { DATABASE_URL: database.url, HOOKYARD_ENCRYPTION_KEY: KEY, ...env };
    const child = spawn(process.execPath, [BIN, 'config', ...args], { env: all, cwd: folder });
    let [out, error] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
    child.stdin.end();
    const [code] = (await once(child, 'close')) as [number];
    return { code, out, error };
  };
  const apply = async (text: string, ...args: string[]) => {
    await writeFile(join(folder, 'hookyard.yaml'), SOURCES_YAML + text);
    return command(['apply', ...args]);
  };
  const plan = async (text: string, ...args: string[]): Promise<Plan['changes']> =>
    (JSON.parse((await apply(text, '--json', '--dry-run', ...args)).out) as Plan).changes;
  let sent = 0;
  const goesTo = async (router: TestRouter): Promise<string[]> => {
    sent += 1;
    const id = await accepted(router, 'stripe', stripeWebhook(`evt_apply_${sent}`));
    const { data } = await router.api<{ data: { deliveries: { destination: string }[] } }>(`/events/${id}`);
    return data.deliveries.map(({ destination: name }) => name).toSorted();
  };

  beforeAll(async () => {
    receiver = await Receiver.start();
    folder = await mkdtemp(join(tmpdir(), 'hookyard-apply-'));
  });
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const router of routers.splice(0).reverse()) await router.close();
    await database.drop();
    await rm(join(folder, '.env'), { force: true });
  });
  afterAll(async () => {
    await receiver.stop();
    await rm(folder, { recursive: true });
  });

  it('shows what would be done, and does nothing in a dry run', async () => {
    const router = await start(yaml(['one', 'two']));
    expect(await plan(yaml(['one', 'two']))).toEqual([]);
    expect(await plan(yaml(['one', 'three'], ', timeout: 3s, headers: { x-key: canary-value }'))).toEqual([
      { action: 'change', kind: 'destination', name: 'one', keys: ['headers', 'timeout'].toSorted() },
      { action: 'create', kind: 'destination', name: 'three', keys: [] },
      { action: 'undeclare', kind: 'destination', name: 'two', keys: [] },
      { action: 'create', kind: 'route', name: 'stripe [*] → three', keys: [] },
      { action: 'remove', kind: 'route', name: 'stripe [*] → two', keys: [] },
    ]);
    const shown = await apply(yaml(['one'], ', headers: { x-key: canary-value }'), '--dry-run');
    expect(shown).toMatchObject({ code: 0, error: '' });
    expect(shown.out).toMatch(/^~ change destination one: headers$/m);
    expect(shown.out).not.toContain('canary');
    expect(await goesTo(router)).toEqual(['one', 'two']);
  });

  it('reaches every process within two seconds, without a restart', async () => {
    const all = [await start(yaml(['one'])), await start(yaml(['one']))];
    expect(await apply(yaml(['one', 'two']))).toMatchObject({ code: 0, error: '' });
    const from = Date.now();
    for (const router of all) {
      await until('the new route is there', async () => (await goesTo(router)).includes('two'), 2_000);
    }
    expect(Date.now() - from).toBeLessThan(4_000);
  });

  it('leaves a line in the audit log: who, from where, and what each thing was and is, without secrets', async () => {
    const router = await start(yaml(['one', 'two']));
    const count = async (): Promise<number> => (await router.api<{ data: [] }>('/audit')).data.length;
    expect(await count()).toBe(1);
    expect(await apply(yaml(['one', 'two']))).toMatchObject({ code: 0 });
    expect(await apply(yaml(['one']))).toMatchObject({ code: 2 });
    // Nothing was changed, nothing was done.
    expect(await count()).toBe(1);
    expect(await apply(yaml(['one'], ', headers: { x-key: canary-value }'), '--yes')).toMatchObject({ code: 0 });
    const { data } = await router.api<{ data: Record<string, unknown>[] }>('/audit');
    expect(data[0]).toMatchObject({
      actor: expect.stringMatching(/^cli:./),
      action: 'config apply',
      address: hostname(),
      path: expect.stringMatching(/hookyard\.yaml$/),
      before: { 'destination two': expect.not.objectContaining({ undeclared: true }) },
      after: { 'destination two': expect.objectContaining({ undeclared: true }) },
    });
    expect(JSON.stringify(data)).not.toContain('canary');
    const print = (side: unknown): unknown =>
      (side as Record<string, { secretsFingerprint: string }>)['destination one']?.secretsFingerprint;
    expect(print(data[0]?.['after'])).not.toBe(print(data[0]?.['before']));
  });

  it('takes nothing away without a yes, and keeps pauses and breakers as they are', async () => {
    const router = await start(yaml(['one', 'two']));
    await operate(router, 'POST', '/destinations/one/pause', { reason: 'by hand' });
    await operate(router, 'POST', '/destinations/one/breaker', { state: 'open' });
    const refused = await apply(yaml(['one'], ', timeout: 2s'));
    expect([refused.code, refused.error]).toEqual([2, expect.stringContaining('Say --yes.')]);
    expect(await goesTo(router)).toEqual(['one', 'two']);
    expect(await apply(yaml(['one'], ', timeout: 2s'), '--yes')).toMatchObject({ code: 0 });
    await until('two takes nothing', async () => (await goesTo(router)).join() === 'one');
    const { rows } = await database.pool.query(
      `SELECT d.name, d.undeclared_at IS NULL AS declared, g.pause_reason FROM hookyard.destination d
       JOIN hookyard.destination_gate g ON g.destination_id = d.id ORDER BY d.name`,
    );
    expect(rows).toEqual([
      { name: 'one', declared: true, pause_reason: 'by hand' },
      { name: 'two', declared: false, pause_reason: 'no longer declared' },
    ]);
    expect((await router.api<{ data: { breaker: unknown } }>('/destinations/one')).data.breaker).toMatchObject({
      state: 'open',
      forced: true,
    });
  });

  it('with --prune removes what left the file, and leaves its backlog as dead letters', async () => {
    receiver.answer = 503;
    const router = await start(yaml(['one', 'two'], ', retry: { schedule: [1h] }'));
    const id = await accepted(router, 'stripe', stripeWebhook('evt_backlog'));
    await until('it was tried', async () => (await deliveryTo(router, id, 'two')).attempts === 1);
    const text = yaml(['one'], ', retry: { schedule: [1h] }');
    expect(await plan(text, '--prune')).toContainEqual({
      action: 'remove',
      kind: 'destination',
      name: 'two',
      keys: [],
    });
    expect(await apply(text, '--prune', '--yes')).toMatchObject({ code: 0 });
    await until('its backlog is dead', async () => {
      const { rows } = await database.pool.query<{ dead_reason: string | null }>(
        `SELECT t.dead_reason FROM hookyard.delivery t JOIN hookyard.destination d ON d.id = t.destination_id WHERE d.name = 'two'`,
      );
      return rows[0]?.dead_reason === 'destination_removed';
    });
    expect(await plan(text, '--prune')).toEqual([]);
    receiver.answer = 200;
  });

  it('refuses an older file, and with --force takes it', async () => {
    const router = await start(yaml(['one']));
    expect(await apply(yaml(['two']), '--yes')).toMatchObject({ code: 0 });
    const refused = await apply(yaml(['one']), '--yes');
    expect(refused.code).toBe(1);
    expect(refused.error).toContain('older than what is in force');
    expect(await apply(yaml(['one']), '--yes', '--force')).toMatchObject({ code: 0, error: '' });
    await until('one is back', async () => (await goesTo(router)).join() === 'one');
    // Nobody with that file is older now.
    const straggler = await start(yaml(['two']));
    expect(await goesTo(straggler)).toEqual(['one']);
  });

  it('speaks for no source that only a variable of the routers declares', async () => {
    const router = await startRouter({
      databaseUrl: database.url,
      yaml: yaml(['one']),
      env: { HOOKYARD_ENCRYPTION_KEY: KEY, GITHUB_WEBHOOK_SECRET: 'it-is-only-here' },
    });
    routers.push(router);
    expect(await apply(yaml(['one']), '--json')).toMatchObject({ code: 0 });
    const { rows } = await database.pool.query(
      `SELECT declared_by, undeclared_at FROM hookyard.source WHERE slug = 'github'`,
    );
    expect(rows).toEqual([{ declared_by: 'environment', undeclared_at: null }]);
  });

  it('says what is missing as a mistake of the command line, and what is wrong in the file with its place', async () => {
    await rm(join(folder, 'hookyard.yaml'), { force: true });
    expect(await command(['apply'])).toMatchObject({ code: 2 });
    expect(await command(['apply', '--nonsense'])).toMatchObject({ code: 2 });
    const wrong = await apply('destinations: [{ name: one, url: "ftp://x" }]');
    expect(wrong.code).toBe(1);
    expect(wrong.error).toContain('destinations[0].url');
  });

  it('has nothing to do with what hookyard config export wrote', async () => {
    const extra = `, headers: { authorization: "Bearer canary-token", x-team: "\${TEAM}" }, signingSecrets: ["${SIGNING}"], retry: { schedule: [1s, 2m], jitter: 0.5 }, limits: { rate: 90/m }, breaker: { failures: 3 }`;
    await startRouter({
      databaseUrl: database.url,
      yaml: `${yaml(['one'], extra)}  - { sourceType: shopify, types: ['orders/*'], to: one, filter: { data.id: '704912205188288575' }, ordered: subject }\nrevision: 4\n`,
      env: { HOOKYARD_ENCRYPTION_KEY: KEY, TEAM: 'payments' },
    }).then((router) => routers.push(router));
    const exported = await command(['export', '--secrets-file', join(folder, '.env')]);
    expect(exported).toMatchObject({ code: 0, error: '' });
    expect(exported.out).toContain('${TEAM}');
    expect(exported.out).not.toMatch(/canary-token|whsec_|shpss_/);
    expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600);
    const lines = (await readFile(join(folder, '.env'), 'utf8')).trim().split('\n');
    const values = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf('=')), JSON.parse(line.slice(line.indexOf('=') + 1)) as string]),
    );
    await writeFile(join(folder, 'hookyard.yaml'), exported.out);
    const again = await command(['apply', '--json', '--dry-run'], { ...values, TEAM: 'payments' });
    expect(again).toMatchObject({ code: 0, error: '' });
    expect((JSON.parse(again.out) as Plan).changes).toEqual([]);
    expect((await command(['export', '--secrets-file', join(folder, '.env')])).code).not.toBe(0);
  });
});
