/** Sources, destinations and routes without a file, by hand from the command line. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandInProcess, type CommandResult } from '../support/command-in-process.js';
import { Receiver } from '../support/receiver.js';
import { API_KEY, destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

describe('the command line, for those who want no file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hookyard-entries-'));
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await startRouter({ databaseUrl: database.url, yaml: destinationYaml('declared', receiver.url) });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
    rmSync(folder, { recursive: true });
  });
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> =>
    commandInProcess(args, {
      cwd: folder,
      env: { HOOKYARD_URL: router.managementUrl, HOOKYARD_TOKEN: API_KEY, ...env },
    });
  const done = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { code, stdout, stderr } = await run(args, env);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout;
  };
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await done([...args, '--json'])) as T;

  it('makes a source, a destination and a route between them, and events take it', async () => {
    const secret = 'whsec_only_in_a_variable';
    await done(['sources', 'create', 'mine', '--type', 'stripe', '--secret', '${MINE}'], { MINE: secret });
    const to = ['--url', `${receiver.url}/mine`, '--allow-private-network', '--header', 'X-Team: payments'];
    await done(['destinations', 'create', 'mine', ...to]);
    const said = await done(['routes', 'create', '--source', 'mine', '--type', 'invoice.*', '--to', 'mine']);
    expect(said).toMatch(/^Route \d+ is made, to mine\.$/m);
    expect((await send(router.ingress('mine'), stripeWebhook('evt_1', 'invoice.paid', { secret }))).status).toBe(200);
    const got = await until('it to arrive', () =>
      receiver.received.find(({ headers }) => headers['x-team'] === 'payments'),
    );
    expect(got.headers).toMatchObject({ 'hookyard-attempt': '1' });
    expect(await done(['routes', 'list'])).toMatch(/^\d+ +mine +invoice\.\* +no +mine +api$/m);
  });

  it('changes what it is told and leaves the rest', async () => {
    await done([
      'destinations',
      'create',
      'slow',
      '--url',
      'https://slow.example.com',
      '--concurrency',
      '7',
      '--rate',
      '90/m',
    ]);
    await done(['destinations', 'update', 'slow', '--rate', '100/h', '--timeout', '3s']);
    type Seen = { policy: { concurrency: number; ratePerSecond?: number; timeoutMs: number } };
    const one = await json<Seen>('destinations', 'get', 'slow');
    expect(one.policy).toMatchObject({ concurrency: 7, timeoutMs: 3_000 });
    expect(one.policy.ratePerSecond).toBeCloseTo(100 / 3_600);
    await done(['destinations', 'update', 'slow', '--concurrency', '2']);
    const two = await json<Seen>('destinations', 'get', 'slow');
    expect(two.policy).toMatchObject({ concurrency: 2, ratePerSecond: one.policy.ratePerSecond });
    await done(['destinations', 'update', 'slow', '--unset', 'limits']);
    expect((await json<Seen>('destinations', 'get', 'slow')).policy.ratePerSecond).toBeUndefined();
  });

  it('limits a source, and takes its limit away', async () => {
    type Seen = { limits: { ratePerSecond: number; burst: number } | null };
    const limits = async (): Promise<Seen['limits']> => (await json<Seen>('sources', 'get', 'busy')).limits;
    await done([
      'sources',
      'create',
      'busy',
      '--type',
      'stripe',
      '--secret',
      'whsec_1',
      '--rate',
      '50/s',
      '--burst',
      '90',
    ]);
    expect(await limits()).toEqual({ ratePerSecond: 50, burst: 90 });
    await done(['sources', 'update', 'busy', '--rate', '20/s']);
    expect(await limits()).toEqual({ ratePerSecond: 20, burst: 20 });
    await done(['sources', 'update', 'busy', '--unset', 'limits']);
    expect(await limits()).toBeNull();
  });

  it('moves a route from a source to a type, and says its new number', async () => {
    const { id } = await json<{ id: number }>(
      'routes',
      'create',
      '--source',
      'stripe',
      '--to',
      'declared',
      '--latest-only',
    );
    const moved = await json<{ id: number }>(
      'routes',
      'update',
      String(id),
      '--source-type',
      'shopify',
      '--filter',
      '{"data.id":1}',
    );
    expect(await json('routes', 'get', String(moved.id))).toMatchObject({
      source: null,
      sourceType: 'shopify',
      filter: { 'data.id': 1 },
      latestOnly: true,
    });
    await done(['routes', 'remove', String(moved.id), '--yes']);
    expect((await run(['routes', 'get', String(moved.id)])).code).toBe(3);
  });

  it('takes an entry of hookyard.yaml from a file, in YAML or JSON, with variables replaced and flags on top', async () => {
    writeFileSync(join(folder, 'one.yaml'), 'url: "https://${PLACE}/x"\nretry: { schedule: [1s, 4s] }\ntimeout: 9s\n');
    await done(['destinations', 'create', 'one', '--file', 'one.yaml', '--timeout', '2s'], {
      PLACE: 'one.example.com',
    });
    const one = await json<{ policy: object }>('destinations', 'get', 'one');
    expect(one.policy).toMatchObject({ timeoutMs: 2_000, retry: { scheduleMs: [1_000, 4_000] } });
    writeFileSync(join(folder, 'two.json'), '{"url":"https://two.example.com"}');
    await done(['destinations', 'create', 'two', '--file', 'two.json']);
  });

  it('says what is wrong with an entry, with code 2, and repeats no secret', async () => {
    writeFileSync(join(folder, 'whole.yaml'), 'version: 1\n');
    writeFileSync(join(folder, 'broken.yaml'), 'url: [\n');
    const cases: [string[], RegExp][] = [
      [['destinations', 'update', 'one'], /nothing to write/],
      [['destinations', 'update', 'one', '--file', 'nowhere.yaml'], /nowhere\.yaml cannot be read: ENOENT/],
      [['destinations', 'update', 'one', '--file', 'whole.yaml'], /config apply/],
      [['destinations', 'update', 'one', '--file', 'broken.yaml'], /broken\.yaml: /],
      [['destinations', 'update', 'one', '--resign-with', '${NOT_SET}'], /resignWith: needs the variable NOT_SET/],
      [['destinations', 'update', 'one', '--header', 'canary-value'], /--header: write name: value/],
      [['destinations', 'update', 'one', '--timeout', 'canary'], /timeout: /],
      [['destinations', 'create', 'UPPER', '--url', 'https://x.example.com'], /name: /],
      [['sources', 'create', 'x', '--type', 'nobody'], /type: /],
      [['sources', 'create', 'x', '--type', 'stripe', '--tolerance', 'soon'], /toleranceSeconds: /],
      [['sources', 'create', 'x', '--type', 'stripe', '--rate', 'canary'], /limits\.rate: /],
      [['sources', 'create', 'x', '--type', 'stripe', '--burst', '5'], /limits\.rate: is missing/],
      [['routes', 'create', '--source', 'stripe', '--to', 'nowhere'], /to: /],
      [['routes', 'create', '--source', 'stripe', '--to', 'one', '--filter', '{'], /--filter must be JSON/],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await run(args);
      expect([args, code, stdout]).toEqual([args, 2, '']);
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('canary');
    }
  });

  it('answers what a file declares with the name of the file, and code 4', async () => {
    const routes = await json<{ data: { id: number; declaredBy: string }[] }>('routes', 'list');
    const route = String(routes.data.find(({ declaredBy }) => declaredBy === 'file')?.id);
    for (const args of [
      ['sources', 'update', 'stripe', '--tolerance', '60'],
      ['sources', 'remove', 'stripe', '--yes'],
      ['destinations', 'update', 'declared', '--timeout', '3s'],
      ['destinations', 'remove', 'declared', '--yes'],
      ['routes', 'update', route, '--to', 'one'],
      ['routes', 'remove', route, '--yes'],
    ]) {
      const { code, stdout, stderr } = await run(args);
      expect([args, code, stdout]).toEqual([args, 4, '']);
      expect(stderr).toContain('hookyard.yaml declares it');
    }
    // What somebody does at run time is no change of the configuration.
    await done(['sources', 'pause', 'stripe']);
    expect(await done(['sources', 'list'])).toMatch(/^stripe +stripe +\/webhooks\/stripe +true +\d{4}-/m);
    await done(['sources', 'resume', 'stripe']);
  });

  it('shows the bytes of a refused request, and a command that sends them, but no signature', async () => {
    const { headers } = stripeWebhook('evt_1');
    await send(router.ingress('stripe'), { headers, body: Buffer.from(`{"it's":"forged"}`) });
    const id = await until('the rejection', async () => {
      const { data } = await json<{ data: { id: string }[] }>('rejections', 'list');
      return data[0]?.id;
    });
    expect(await done(['rejections', 'raw', id])).toBe(`{"it's":"forged"}`);
    const command = await done(['rejections', 'curl', id, 'http://localhost:4000/hook']);
    expect(command).toContain(String.raw`--data-binary '{"it'\''s":"forged"}' 'http://localhost:4000/hook'`);
    expect(command).toContain(`-H 'content-type: application/json'`);
    expect(command.toLowerCase()).not.toContain('stripe-signature');
  });
});
