/** The commands that work on the database itself, for who only ever typed `hookyard start`. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/free-port.js';
import { HookyardCommand, type CommandRun } from '../support/hookyard-command.js';
import { SOURCES_YAML } from '../support/router.js';
import { until } from '../support/until.js';

jest.setTimeout(120_000);

describe('commands beside a router with the embedded database', () => {
  let hookyard: HookyardCommand;
  let router: CommandRun;
  const configure = (destination: string): void =>
    writeFileSync(
      join(hookyard.folder, 'hookyard.yaml'),
      `${SOURCES_YAML}destinations: [{ name: ${destination}, url: "https://x.example.com" }]\nroutes: [{ source: stripe, to: ${destination} }]\n`,
    );
  beforeAll(async () => {
    hookyard = new HookyardCommand({ HOST: '127.0.0.1', PORT: String(await freePort()), LOG_LEVEL: 'info' });
    // As root, PostgreSQL's own account must pass through.
    chmodSync(hookyard.folder, 0o755);
    configure('one');
  });
  afterAll(() => hookyard.remove());

  it('say what to do before there is a database, and touch nothing', async () => {
    for (const args of [
      ['config', 'apply'],
      ['config', 'export'],
      ['migrate'],
      ['keys', 'rotate-encryption', '--check'],
    ]) {
      const { code, stdout, stderr } = await hookyard.run(args);
      expect([args, code, stdout]).toEqual([args, 1, '']);
      expect(stderr).toMatch(/there is no embedded database in .*HOOKYARD_DATA_DIR/);
    }
    expect((await hookyard.run(['config', 'export'], { NODE_ENV: 'production' })).stderr).toMatch(/not meant here/);
  });

  it('find it while the router runs, with nothing set', async () => {
    router = hookyard.start(['start']);
    await until('the router to be ready', () => router.stdout.includes('"event":"ready"'), 60_000);
    expect(await hookyard.run(['config', 'apply'])).toMatchObject({ code: 0, stdout: 'No changes.\n', stderr: '' });
    configure('two');
    const refused = await hookyard.run(['config', 'apply']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect((await hookyard.run(['config', 'apply', '--yes'])).stdout).toMatch(/\+ create destination two[^]*Applied/);
    await until('the router to have it', async () => (await hookyard.run(['routes', 'list'])).stdout.includes('two'));
    const exported = await hookyard.run(['config', 'export']);
    expect([exported.code, exported.stdout]).toEqual([0, expect.stringContaining('name: two')]);
    expect(exported.stdout).not.toContain('whsec_');
    expect((await hookyard.run(['migrate', 'status'])).code).toBe(0);
    expect((await hookyard.run(['keys', 'rotate-encryption', '--check'])).code).toBe(0);
    const doctor = await hookyard.run(['doctor']);
    expect([doctor.code, doctor.stdout]).toEqual([0, expect.stringMatching(/ok +version +PostgreSQL \d+/)]);
  });

  it('say that it runs while a router does, when none does any more', async () => {
    router.child.kill('SIGTERM');
    expect(await router.ended).toBe(0);
    const { code, stderr } = await hookyard.run(['config', 'apply']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/is not running: it runs while a router does/)]);
    expect((await hookyard.run(['doctor'])).stdout).toMatch(/ok +database +The embedded one; .* is not running/);
  });
});
