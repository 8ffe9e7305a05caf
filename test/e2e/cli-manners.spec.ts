/** What a stranger meets: pipes that end, addresses and keys that are wrong, a router that restarts. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { HookyardCommand } from '../support/hookyard-command.js';
import { API_KEY, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const BIN = fileURLToPath(new URL('../../bin/hookyard.mjs', import.meta.url));

describe('the command line', () => {
  let database: TestDatabase;
  let router: TestRouter;
  let hookyard: HookyardCommand;
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({ databaseUrl: database.url });
    hookyard = new HookyardCommand({ HOOKYARD_URL: router.managementUrl, HOOKYARD_TOKEN: API_KEY });
    await send(router.ingress('stripe'), stripeWebhook('evt_1'));
  });
  afterAll(async () => {
    await hookyard.remove();
    await router.close();
    await database.drop();
  });

  /** A command whose reader goes away; its own exit code comes last, on stderr. */
  const piped = (args: string, into: string): Promise<{ stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const script = `{ "$NODE" "$BIN" ${args}; echo "code $?" >&2; } | ${into}`;
      const env = { ...hookyard.env, PATH: process.env['PATH'], NODE: process.execPath, BIN };
      execFile('sh', ['-c', script], { env, cwd: hookyard.folder }, (_error, stdout, stderr) =>
        resolve({ stdout, stderr }),
      );
    });

  it.each(['--help', 'events list', 'events list --json'])(
    'ends without complaint when nobody reads any more: %s',
    async (args) => {
      expect((await piped(args, 'true')).stderr).toBe('code 0\n');
      const { stdout, stderr } = await piped(args, 'head -n 1');
      expect([stdout.trim().split('\n').length, stderr]).toEqual([1, 'code 0\n']);
    },
  );

  it('tails no further than somebody reads', async () => {
    const ended = piped('tail --only event', 'head -n 1');
    let over = false;
    void ended.then(() => (over = true));
    let sent = 1;
    // The pipe is seen to be gone by the line after the one that was read.
    await until('its end', async () => {
      await send(router.ingress('stripe'), stripeWebhook(`evt_piped_${(sent += 1)}`));
      return over;
    });
    expect((await ended).stdout).toMatch(/^.* event +stripe .*\n$/);
    expect((await ended).stderr).toContain('code 0');
  });

  it('says what is wrong with an address or a key, and never the key', async () => {
    const silent = createServer((socket) => socket.end('220 mail ready\r\n')).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const mail = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const cases: [Record<string, string>, number, RegExp][] = [
      [{ HOOKYARD_TOKEN: 'a canary\n' }, 2, /HOOKYARD_TOKEN: is no key/],
      [{ HOOKYARD_TOKEN: 'wrong-canary' }, 4, /HOOKYARD_TOKEN/],
      [{ HOOKYARD_URL: router.managementUrl.replace('http:', 'https:') }, 1, /does not speak https/],
      [{ HOOKYARD_URL: `${router.managementUrl}/nowhere` }, 1, /path too many/],
      [{ HOOKYARD_URL: mail }, 1, /speaks no HTTP/],
      [{ HOOKYARD_URL: 'http://nowhere.invalid' }, 1, /no host has this name|cannot be looked up/],
      [{ HOOKYARD_URL: 'localhost:3000' }, 2, /HOOKYARD_URL/],
    ];
    for (const [env, expected, message] of cases) {
      const { code, stdout, stderr } = await hookyard.run(['events', 'list'], env);
      expect([env, code, stdout, stderr]).toEqual([env, expected, '', expect.stringMatching(message)]);
      expect(stderr).not.toContain('canary');
    }
    silent.close();
  });

  it('takes the address of the API or of the page for that of the router', async () => {
    for (const path of ['/', '/api/v1', '/api/docs', '/ui/']) {
      const { code } = await hookyard.run(['events', 'list'], { HOOKYARD_URL: router.managementUrl + path });
      expect([path, code]).toEqual([path, 0]);
    }
  });

  it('names the help of the very command after a mistake', async () => {
    expect((await hookyard.run(['events', 'get'])).stderr).toContain('(hookyard events get --help says what it takes)');
    expect((await hookyard.run(['events', 'lst'])).stderr).toMatch(
      /Did you mean list\?\)\n\(hookyard events --help lists/,
    );
  });
});
