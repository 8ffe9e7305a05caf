import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import Stripe from 'stripe';
import { freePort } from '../support/free-port.js';
import { HookyardCommand, type CommandRun } from '../support/hookyard-command.js';
import { Receiver } from '../support/receiver.js';
import { API_KEY, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const SECRET = 'whsec_of_the_developer';

describe('hookyard listen', () => {
  let database: TestDatabase;
  let code: Receiver;
  let router: TestRouter;
  let hookyard: HookyardCommand;
  let port: number;
  const start = (): Promise<TestRouter> => startRouter({ databaseUrl: database.url, env: { PORT: String(port) } });
  const webhook = (id: string, type?: string) => send(router.ingress('stripe'), stripeWebhook(id, type));
  const idsAt = (receiver: Receiver): string[] =>
    receiver.received.map(({ body }) => String((JSON.parse(body.toString()) as { id: string }).id));
  const listen = async (...args: string[]): Promise<CommandRun> => {
    const run = hookyard.start([
      'listen',
      code.url,
      '--source',
      'stripe',
      '--secret',
      SECRET,
      '--state',
      'state.json',
      ...args,
    ]);
    await until('it to listen', () => {
      if (run.child.exitCode !== null) throw new Error(run.stderr);
      return run.stderr.includes('forwarding');
    });
    return run;
  };
  const interrupt = async (run: CommandRun): Promise<void> => {
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
  };

  beforeEach(async () => {
    database = await createTestDatabase();
    code = await Receiver.start();
    port = await freePort();
    router = await start();
    hookyard = new HookyardCommand({ HOOKYARD_URL: router.managementUrl, HOOKYARD_TOKEN: API_KEY });
  });
  afterEach(async () => {
    await hookyard.remove();
    await router.close();
    await code.stop();
    await database.drop();
  });

  it('forwards the bytes as they came, signed anew so that the sender’s own library takes them, and prints the answer', async () => {
    code.answer = 418;
    const run = await listen();
    await webhook('evt_1');
    await until('a line for it', () => run.stdout.includes('invoice.paid'));
    expect(run.stdout).toMatch(/^418 +\d+ ms +invoice\.paid +evt_/);
    const [got] = code.received;
    expect(got?.body).toEqual(stripeWebhook('evt_1').body);
    const event = Stripe.webhooks.constructEvent(got?.body ?? '', String(got?.headers['stripe-signature']), SECRET);
    expect(event.id).toBe('evt_1');
    await interrupt(run);
  });

  it('forwards what came while it was away, in order and once, but not what came before it was ever there', async () => {
    await webhook('evt_before');
    const first = await listen('--json');
    await webhook('evt_1');
    await until('the first', () => first.stdout.includes('evt_1'));
    await interrupt(first);
    for (const id of ['evt_2', 'evt_3', 'evt_4']) await webhook(id);
    const second = await listen();
    await webhook('evt_5');
    await until('all of them', () => code.received.length >= 5);
    await interrupt(second);
    expect(idsAt(code)).toEqual(['evt_1', 'evt_2', 'evt_3', 'evt_4', 'evt_5']);
    await webhook('evt_6');
    const third = await listen('--from-now', '--type', 'customer.*');
    await webhook('evt_7', 'customer.created');
    await until('the seventh', () => code.received.length >= 6);
    await interrupt(third);
    expect(idsAt(code).slice(5)).toEqual(['evt_7']);
  });

  it('keeps its place while the router restarts and while the code behind is down', async () => {
    const run = await listen();
    await webhook('evt_1');
    await until('the first', () => code.received.length === 1);
    await router.close();
    router = await start();
    await webhook('evt_2');
    await until('the second', () => code.received.length === 2);
    const { port: codePort } = code;
    await code.stop();
    await webhook('evt_3');
    await until('word that nobody answers', () => run.stderr.includes('does not answer'));
    await webhook('evt_4');
    const earlier = code;
    code = await Receiver.start(codePort);
    await until('both', () => code.received.length >= 2);
    expect([...idsAt(earlier), ...idsAt(code)]).toEqual(['evt_1', 'evt_2', 'evt_3', 'evt_4']);
    await interrupt(run);
  });

  it('tails on where it was when the router restarts, whose stop it does not hold up, and ends with code 0', async () => {
    const tail = hookyard.start(['tail', '--only', 'event', '--json']);
    await until('it to listen', () => tail.stderr.includes('listening'));
    await webhook('evt_1');
    await until('the first', () => tail.stdout.includes('"evt_1"'));
    const from = performance.now();
    await router.close();
    // A stop that waits for open streams would take its whole grace of ten seconds.
    expect(performance.now() - from).toBeLessThan(8_000);
    await until('word of it', () => tail.stderr.includes('coming back'));
    router = await start();
    await webhook('evt_2');
    await until('the second', () => tail.stdout.includes('"evt_2"'));
    const ids = tail.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { externalId: string }).externalId);
    expect(ids).toEqual(['evt_1', 'evt_2']);
    // However often it had to knock, it is said once.
    expect((tail.stderr.match(/nothing listens there/g) ?? []).length).toBeLessThanOrEqual(1);
    await interrupt(tail);
  });

  it('ends in order on SIGTERM too, though the code behind is down', async () => {
    const run = await listen();
    await code.stop();
    await webhook('evt_1');
    await until('word that nobody answers', () => run.stderr.includes('does not answer'));
    run.child.kill('SIGTERM');
    expect(await run.ended).toBe(0);
    code = await Receiver.start();
  });

  it('forwards nothing twice after it was killed between two events', async () => {
    const run = await listen();
    code.answer = ({ body }, response) => {
      // The answer of the second never comes.
      if (!body.includes('evt_2')) response.end();
    };
    await webhook('evt_1');
    await webhook('evt_2');
    await until('the second under way', () => idsAt(code).includes('evt_2'));
    run.child.kill('SIGKILL');
    await run.ended;
    code.answer = 200;
    const next = await listen();
    await until('the second again', () => idsAt(code).filter((id) => id === 'evt_2').length === 2);
    expect(idsAt(code).filter((id) => id === 'evt_1')).toHaveLength(1);
    await interrupt(next);
  });

  it('says what it needs', async () => {
    const to = (source: string, ...more: string[]) => hookyard.run(['listen', code.url, '--source', source, ...more]);
    expect((await to('nobody')).code).toBe(3);
    const unsigned = await to('stripe');
    expect([unsigned.code, unsigned.stderr]).toEqual([3, expect.stringContaining('--secret')]);
    expect((await hookyard.run(['listen', 'localhost', '--source', 'stripe'])).code).toBe(2);
    expect((await hookyard.run(['listen', code.url])).code).toBe(2);
  });
});
