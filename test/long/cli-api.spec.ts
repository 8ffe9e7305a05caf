/** The command line over the API of a real router. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeKey } from '../support/api-call.js';
import { HookyardCommand } from '../support/hookyard-command.js';
import { Receiver } from '../support/receiver.js';
import { API_KEY, destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(120_000);

describe('the command line over the API', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  let hookyard: HookyardCommand;
  let event = '';
  let dead = '';
  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    receiver.answer = 422;
    router = await startRouter({ databaseUrl: database.url, yaml: destinationYaml('inbox', receiver.url) });
    hookyard = new HookyardCommand({ HOOKYARD_URL: router.managementUrl, HOOKYARD_TOKEN: API_KEY });
    event = String((await send(router.ingress('stripe'), stripeWebhook('evt_1'))).json?.id);
    await send(router.ingress('stripe'), { ...stripeWebhook('evt_forged'), body: Buffer.from('{}') });
    dead = await until('a dead letter', async () => {
      const { data } = await router.api('/deliveries?status=dead');
      return data[0] && String(data[0]['id']);
    });
  });
  afterAll(async () => {
    await hookyard.remove();
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  it.each([
    ['events list', /^id +received +source +type/, /evt_[0-9a-f]{32} .* stripe +invoice\.paid +evt_1/],
    ['deliveries list --status dead', /^id +created +destination/, /inbox +dead \(.+\) +1 +422/],
    ['rejections list', /^id +received +source +reason/, /stripe/],
    ['sources list', /^slug +type +path/, /telegram +telegram +\/webhooks\/telegram/],
    ['destinations list', /^name +kind +paused +breaker/, /inbox +http +no +closed/],
    ['breaker list', /^destination +breaker/, /inbox +closed/],
    ['replays list', /^id +created +mode/, /^/],
    ['keys list', /^id +label +role/, /^/],
    ['audit', /^at +who +action/, /^/],
    ['stats', /^source +received/, /inbox/],
  ])('%s prints a table, and JSON for programs', async (command, heading, row) => {
    const args = command.split(' ');
    const { code, stdout, stderr } = await hookyard.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(heading);
    expect(stdout).toMatch(row);
    expect(await hookyard.json(args)).toBeInstanceOf(Object);
  });

  it('goes through a list page by page, and takes filters and times', async () => {
    await send(router.ingress('stripe'), stripeWebhook('evt_2', 'customer.created'));
    const first = await hookyard.run(['events', 'list', '--limit', '1']);
    const cursor = /--cursor (\S+)/.exec(first.stdout)?.[1] ?? '';
    expect(first.stdout).toContain('evt_2');
    expect((await hookyard.run(['events', 'list', '--limit', '1', '--cursor', cursor])).stdout).toContain('evt_1');
    const { data } = await hookyard.json<{ data: { externalId: string }[] }>([
      'events',
      'list',
      '--type',
      'customer.*',
      '--from',
      '1h',
    ]);
    expect(data.map(({ externalId }) => externalId)).toEqual(['evt_2']);
  });

  it('shows one thing, its bytes, and a curl command that sends them', async () => {
    expect((await hookyard.run(['events', 'get', event])).stdout).toMatch(/^id: evt_/);
    expect(await hookyard.json(['deliveries', 'get', dead])).toMatchObject({ id: dead, eventId: event, attempts: 1 });
    expect((await hookyard.run(['events', 'raw', event])).stdout).toBe(stripeWebhook('evt_1').body.toString());
    expect((await hookyard.run(['deliveries', 'raw', dead])).stdout).toBe(stripeWebhook('evt_1').body.toString());
    const elsewhere = await Receiver.start();
    try {
      const { stdout } = await hookyard.run(['deliveries', 'curl', dead, elsewhere.url]);
      expect(stdout).toMatch(/^curl -sS -X POST -H 'content-type: application\/json'/);
      // The words of the command, as a shell reads them; curl itself is not everywhere.
      const words = execFileSync('sh', ['-c', stdout.replace(/^curl/, String.raw`printf '%s\0'`)])
        .toString()
        .split('\0');
      expect(words[words.indexOf('--data-binary') + 1]).toBe(stripeWebhook('evt_1').body.toString());
      expect(words).toContain(elsewhere.url);
    } finally {
      await elsewhere.stop();
    }
  });

  it('retries, cancels and replays, and says in its exit code why it cannot', async () => {
    await hookyard.run(['destinations', 'pause', 'inbox', '--reason', 'a test']);
    expect((await hookyard.run(['destinations', 'list'])).stdout).toContain('a test');
    expect(await hookyard.run(['retry', dead])).toMatchObject({ code: 0, stdout: `${dead} is pending.\n` });
    expect(await hookyard.json(['cancel', dead])).toMatchObject({ id: dead, status: 'cancelled' });
    const again = await hookyard.run(['cancel', dead]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('DELIVERY_NOT_CANCELLABLE')]);
    expect((await hookyard.run(['release', dead])).code).toBe(1);
    expect((await hookyard.run(['replay', event, '--dry-run'])).stdout).toBe('It would go to inbox.\n');
    expect((await hookyard.run(['replay', event])).stdout).toMatch(/^It goes to inbox: dlv_/);
    expect(await hookyard.run(['destinations', 'resume', 'inbox'])).toMatchObject({ code: 0 });
  });

  it('replays by filter: shows first, asks where somebody is there, else wants --yes, and waits for the end', async () => {
    const args = ['replay', '--filter', 'from=1h', 'type=invoice.*'];
    expect((await hookyard.run([...args, '--dry-run'])).stdout).toContain(event);
    const unasked = await hookyard.run(args);
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    const { code, stdout } = await hookyard.run([...args, '--yes']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^rpl_\w+ is finished: 1 taken, 1 deliveries/)]);
    const id = /^rpl_\w+/.exec(stdout)?.[0] ?? '';
    expect(await hookyard.json(['replays', 'get', id])).toMatchObject({ id, status: 'finished' });
    expect((await hookyard.run(['replays', 'cancel', id])).code).toBe(1);
    expect((await hookyard.run(['replay'])).code).toBe(2);
    expect((await hookyard.run(['replay', '--filter', 'what=1', '--yes'])).code).toBe(2);
  });

  it('holds a breaker and lets it go', async () => {
    expect((await hookyard.run(['breaker', 'open', 'inbox', '--for', '1h'])).stdout).toBe(
      'The breaker of inbox is open.\n',
    );
    expect(await hookyard.json(['breaker', 'reset', 'inbox'])).toMatchObject({ breaker: { forced: false } });
  });

  it('makes a key, which is shown once and does what its role may, and revokes it', async () => {
    const { key, id } = await hookyard.json<{ key: string; id: string }>(['keys', 'create', 'ci', '--role', 'viewer']);
    expect((await hookyard.run(['events', 'list'], { HOOKYARD_TOKEN: key })).code).toBe(0);
    const forbidden = await hookyard.run(['retry', dead], { HOOKYARD_TOKEN: key });
    expect([forbidden.code, forbidden.stderr]).toEqual([4, expect.stringContaining('operator')]);
    expect((await hookyard.run(['keys', 'list'])).stdout).not.toContain(key);
    expect((await hookyard.run(['keys', 'revoke', id])).code).toBe(2);
    expect((await hookyard.run(['keys', 'revoke', id, '--yes'])).code).toBe(0);
    await until(
      'it to be shut out',
      async () => (await hookyard.run(['events', 'list'], { HOOKYARD_TOKEN: key })).code === 4,
    );
  });

  it('says what is wrong, with the exit code of its kind', async () => {
    const cases: [string[], Record<string, string | undefined>, number, RegExp][] = [
      [['events', 'get', 'evt_1'], {}, 3, /EVENT_NOT_FOUND/],
      [['destinations', 'remove', 'inbox', '--yes'], {}, 4, /DESTINATION_DECLARED/],
      [['events', 'list', '--limit', 'many'], {}, 2, /limit/],
      [['events', 'list', '--from', 'yesterday'], {}, 2, /is no time/],
      [['events', 'list'], { HOOKYARD_TOKEN: 'hky_wrong_0123456789' }, 4, /HOOKYARD_TOKEN/],
      [
        ['events', 'list'],
        { HOOKYARD_TOKEN: undefined, HOOKYARD_URL: 'https://elsewhere.example.com', HOOKYARD_API_KEY: API_KEY },
        4,
        /no API key/,
      ],
      [['events', 'list'], { HOOKYARD_URL: 'http://127.0.0.1:1' }, 1, /nothing listens there/],
      [['events', 'list'], { HOOKYARD_URL: 'ftp://x' }, 2, /HOOKYARD_URL/],
    ];
    for (const [args, env, expected, message] of cases) {
      const { code, stdout, stderr } = await hookyard.run(args, env);
      expect([args, code, stdout]).toEqual([args, expected, '']);
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain(API_KEY);
    }
  });

  it('takes the key of the router on this machine where none is given', async () => {
    const { port } = new URL(router.managementUrl);
    const { code } = await hookyard.run(['events', 'list'], {
      HOOKYARD_URL: undefined,
      HOOKYARD_TOKEN: undefined,
      PORT: port,
      HOOKYARD_API_KEY: API_KEY,
    });
    expect(code).toBe(0);
  });

  it('waits once, as long as it is asked to, when there were too many requests', async () => {
    let asked = 0;
    const busy = createServer((_request, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(429, { 'retry-after': '1' }).end('{"errors":[]}');
      else response.end('{"status":"ok","data":[],"errors":[]}');
    });
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`;
      const { code, stderr } = await hookyard.run(['events', 'list'], { HOOKYARD_URL: url });
      expect([code, asked, stderr]).toEqual([0, 2, expect.stringContaining('waiting 1 s')]);
    } finally {
      busy.close();
    }
  });

  it('tails: prints a line for what happens, says where it was, and goes on there', async () => {
    const { key } = await makeKey(router.managementUrl, 'viewer');
    const tail = hookyard.start(['tail', '--only', 'event', '--json'], { HOOKYARD_TOKEN: key });
    await until('it to listen', () => tail.stderr.includes('listening'));
    await send(router.ingress('stripe'), stripeWebhook('evt_tail_1'));
    await until('a line', () => tail.stdout.includes('evt_tail_1'));
    expect(JSON.parse(tail.stdout.trim())).toMatchObject({ kind: 'event', externalId: 'evt_tail_1' });
    tail.child.kill('SIGINT');
    expect(await tail.ended).toBe(0);
    const since = /--since (\S+?)\)/.exec(tail.stderr)?.[1] ?? '';
    await send(router.ingress('stripe'), stripeWebhook('evt_tail_2'));
    const next = hookyard.start(['tail', '--only', 'event', '--since', since]);
    await until('what was missed', () => next.stdout.includes('invoice.paid'));
    next.child.kill('SIGINT');
    expect(await next.ended).toBe(0);
    expect((await hookyard.run(['tail', '--since', 'x'])).code).toBe(2);
  });
});
