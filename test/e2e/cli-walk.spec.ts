/** Every command of the program: its help, its JSON, and the exit codes that scripts rely on. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandsOf } from '../../src/cli/command-reference.js';
import { createProgram } from '../../src/cli/program.js';
import { apiCall, makeKey } from '../support/api-call.js';
import { commandInProcess, type CommandResult } from '../support/command-in-process.js';
import { COMMAND_WALKS, type CommandWalk, type Things } from '../support/command-walk.js';
import { Receiver } from '../support/receiver.js';
import { API_KEY, destinationYaml, routerEnv, SOURCES_YAML, startRouter, type TestRouter } from '../support/router.js';
import { send, STRIPE_SECRET, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const names = commandsOf(createProgram()).map(({ name }) => name.replace(/^hookyard /, ''));
const walks = Object.entries(COMMAND_WALKS);
const those = (take: (walk: CommandWalk) => boolean): [string, CommandWalk][] => walks.filter(([, walk]) => take(walk));

describe('every command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hookyard-walk-'));
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  let things: Things;
  let viewer = '';
  let env: Readonly<Record<string, string>> = {};

  const run = (name: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    commandInProcess([...name.split(' '), ...args], { cwd: folder, env: { ...env, ...more } });
  const first = (path: string): Promise<string> =>
    until(`something in ${path}`, async () => {
      const { data } = await router.api(path);
      return data[0] && String(data[0]['id']);
    });

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    // What is tried out works; what is delivered is refused, so that there is a dead letter.
    receiver.answer = ({ headers }, response) =>
      response.writeHead(headers['hookyard-test'] === 'true' ? 204 : 422).end();
    const yaml = destinationYaml('inbox', receiver.url);
    router = await startRouter({ databaseUrl: database.url, yaml });
    writeFileSync(join(folder, 'hookyard.yaml'), SOURCES_YAML + yaml);
    writeFileSync(join(folder, 'package.json'), '{"name":"walk","type":"module","dependencies":{"hookyard":"*"}}');
    const { headers, body } = stripeWebhook('evt_1');
    writeFileSync(join(folder, 'body.json'), body);
    const { HOOKYARD_API_KEY: _key, ...settings } = routerEnv({ databaseUrl: database.url });
    env = { ...settings, HOOKYARD_API_KEY: API_KEY, HOOKYARD_URL: router.managementUrl, HOOKYARD_TOKEN: API_KEY };
    const event = String((await send(router.ingress('stripe'), { headers, body })).json?.id);
    await send(router.ingress('stripe'), { ...stripeWebhook('evt_forged'), body: Buffer.from("it's {}") });
    viewer = (await makeKey(router.managementUrl, 'viewer')).key;
    const { body: route } = await apiCall(router.managementUrl, 'POST', '/routes', {
      body: { source: 'shopify', to: 'inbox' },
    });
    const delivery = await first('/deliveries?status=dead');
    await apiCall(router.managementUrl, 'POST', '/destinations/inbox/pause');
    // Enough to be under way for as long as the walk takes.
    for (let n = 0; n < 60; n += 1) await send(router.ingress('stripe'), stripeWebhook(`evt_more_${n}`));
    const { body: replay } = await apiCall(router.managementUrl, 'POST', '/replays', {
      body: {
        mode: 'replay',
        filter: { from: new Date(Date.now() - 3_600_000).toISOString(), source: 'stripe' },
        pace: 1,
      },
    });
    things = {
      event,
      delivery,
      rejection: await first('/rejections'),
      issue: await first('/issues'),
      replay: String(replay.data['id']),
      route: String(route.data['id']),
      key: (await makeKey(router.managementUrl, 'viewer')).id,
      request: [
        '--body',
        'body.json',
        ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
      ],
    };
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  const errorsOf = ({ stdout, stderr }: CommandResult): string[] => {
    expect(stdout).toBe('');
    const { status, data, errors } = JSON.parse(stderr) as { status: string; data: null; errors: { code: string }[] };
    expect([status, data]).toEqual(['error', null]);
    return errors.map(({ code }) => code);
  };

  it('is walked: test/support/command-walk.ts knows all of them', () => {
    expect(walks.map(([name]) => name).toSorted()).toEqual(names.toSorted());
  });

  it.each(names)('%s has help, and answers what it does not understand with code 2', async (name) => {
    const help = await run(name, ['--help']);
    expect([help.code, help.stderr, help.stdout]).toEqual([0, '', expect.stringContaining(`Usage: hookyard ${name}`)]);
    const wrong = await run(name, ['--no-such-option']);
    expect([wrong.code, wrong.stdout, wrong.stderr]).toEqual([
      2,
      '',
      expect.stringMatching(/^error: (unknown|required) option/),
    ]);
  });

  it.each(those(({ unknown }) => unknown !== undefined))(
    '%s answers what is not there with code 3',
    async (name, { unknown = [], asks }) => {
      const { code, stderr, stdout } = await run(name, [...unknown, ...(asks ? ['--yes'] : [])]);
      expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: '', stderr: expect.stringMatching(/\S/) });
    },
  );

  it.each(those(({ denied }) => denied === true))(
    "%s answers a viewer's key with code 4",
    async (name, { works, unknown, asks }) => {
      const args = [...(unknown ?? works?.(things) ?? []), ...(asks ? ['--yes'] : [])];
      const result = await run(name, args, { HOOKYARD_TOKEN: viewer });
      expect({ code: result.code, stdout: result.stdout, stderr: result.stderr }).toEqual({
        code: 4,
        stdout: '',
        stderr: expect.stringContaining('FORBIDDEN'),
      });
    },
  );

  it.each(those(({ asks }) => asks === true))(
    '%s does nothing without a terminal and --yes',
    async (name, { works }) => {
      const { code, stdout, stderr } = await run(name, works?.(things) ?? []);
      expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') });
    },
  );

  it.each(those(({ unknown }) => unknown !== undefined))(
    '%s says what is wrong as JSON, where JSON was asked for',
    async (name, { unknown = [], asks }) => {
      const result = await run(name, [...unknown, '--json', ...(asks ? ['--yes'] : [])]);
      expect(errorsOf(result)).toContain('NOT_FOUND');
    },
  );

  // Last, and in the order of the table: they change what the others look at.
  it.each(those(({ works }) => works !== undefined))('%s does its work', async (name, { works, asks }) => {
    const args = [...(works?.(things) ?? []), '--json', ...(asks ? ['--yes'] : [])];
    const { code, stdout, stderr } = await run(name, args);
    // The database of a test has no migrations missing, and the router of the test is not at PORT.
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toBe('');
    expect(stdout).not.toContain(STRIPE_SECRET);
    expect(JSON.parse(stdout)).toBeInstanceOf(Object);
  });
});
