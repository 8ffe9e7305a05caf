/** Hookyard as its users get it: the packed package, in an application of their own (`npm test` builds before it is packed). */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ended, InstalledShop } from '../support/installed-shop.js';
import { routerEnv } from '../support/router.js';
import { send, stripeWebhook, type Webhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

// Packs, installs from the registry (mostly out of npm's cache) and compiles.
jest.setTimeout(180_000);

const ACME_SECRET = 'acme-test-secret';
const STRIPE_SECRET = 'whsec_shop_test_secret';
const MANIFEST = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
  peerDependencies: Record<string, string>;
};

let shop: InstalledShop;
beforeAll(async () => {
  shop = await InstalledShop.install();
});
afterAll(() => shop.remove());

describe('the package', () => {
  it('holds what runs and what is read, and neither tests nor sources', () => {
    const known =
      /^(bin\/hookyard\.mjs|dist\/(src|migrations)\/.+\.(js|d\.ts)|dist\/src\/sources\/[a-z-]+\/fixtures\/[a-z-]+\.json|dist\/src\/operations\/ui\/page\/[a-z]+\.(html|css|js)|package\.json|(README|CHANGELOG)\.md|LICENSE|hookyard\.example\.yaml|\.env\.example)$/;
    expect(shop.packed.filter((file) => !known.test(file))).toEqual([]);
    expect(shop.packed.filter((file) => /\.spec\.|fake-/.test(file))).toEqual([]);
    for (const file of [
      'dist/src/operations/ui/page/index.html',
      'dist/src/main.js',
      'dist/src/hookyard.d.ts',
      'bin/hookyard.mjs',
      'LICENSE',
    ])
      expect(shop.packed).toContain(file);
    expect(shop.packed.filter((file) => /^dist\/migrations\/\d+-\w+\.js$/.test(file))).not.toEqual([]);
  });

  it('shares one copy of Nest and TypeORM with the application', () => {
    for (const name of Object.keys(MANIFEST.peerDependencies)) {
      const copies = globSync(`**/node_modules/${name}/package.json`, { cwd: shop.folder });
      expect([name, copies]).toEqual([name, [join('node_modules', name, 'package.json')]]);
    }
  });

  it('lets in by its three entries and by no other path', async () => {
    const script = `
      const names = async (path) => import(path).then((entry) => Object.keys(entry).sort(), (error) => error.code);
      const paths = ['hookyard', 'hookyard/source', 'hookyard/testing', 'hookyard/dist/src/app.module.js', 'hookyard/src/main.js'];
      console.log(JSON.stringify(await Promise.all(paths.map(names))));`;
    const { stdout, stderr, code } = await shop.node('--input-type=module', '-e', script);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [main, source, testing, ...deep] = JSON.parse(stdout) as (string[] | string)[];
    expect(main).toEqual(['StartupError', 'WebhookHandler', 'runStandalone', 'startHookyard']);
    expect(source).toEqual(
      expect.arrayContaining([
        'defineSource',
        'hmac',
        'sharedToken',
        'standardWebhooks',
        'timestampedHmac',
        'unverified',
      ]),
    );
    expect(testing).toEqual(expect.arrayContaining(['describeSource', 'readFixtures', 'signedRequest']));
    expect(deep).toEqual(Array(2).fill('ERR_PACKAGE_PATH_NOT_EXPORTED'));
  });

  it('has types that hold, also where libraries are checked', async () => {
    await writeFile(join(shop.folder, 'consumer.ts'), CONSUMER);
    const strict = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
      '--experimentalDecorators',
    ];
    expect(await shop.tsc('--ignoreConfig', ...strict, '--skipLibCheck', 'false', 'consumer.ts')).toMatchObject({
      code: 0,
      stdout: '',
    });
  });

  it('brings the hookyard command', async () => {
    const { code, stdout } = await shop.node('node_modules/.bin/hookyard', '--version');
    expect({ code, version: stdout.trim() }).toEqual({ code: 0, version: MANIFEST.version });
  });
});

describe('an application with the package in it', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
    expect(await shop.tsc()).toMatchObject({ code: 0, stdout: '' });
  });
  afterAll(() => database.drop());

  it('tests its own source type with the public contract suite', async () => {
    const { code, stdout } = await shop.node('--test', '--test-reporter=tap', 'dist/acme/acme.spec.js');
    expect(code).toBe(0);
    expect(stdout).toMatch(/# Subtest: is refused when its body was altered/);
    expect(stdout).toMatch(/^# fail 0$/m);
  });

  it('turns genuine webhooks, however often they are sent, into exactly one row each of its own table', async () => {
    const env = routerEnv({ databaseUrl: database.url, env: { LOG_LEVEL: 'info' } });
    const child = shop.spawn(['dist/main.js'], {
      ...env,
      ACME_WEBHOOK_SECRET: ACME_SECRET,
      STRIPE_WEBHOOK_SECRET: STRIPE_SECRET,
    });
    const end = ended(child);
    let log = '';
    child.stdout?.on('data', (chunk: Buffer) => (log += chunk.toString()));
    try {
      const url = await until('the shop to be ready', () => /"event":"ready","url":"([^"]+)"/.exec(log)?.[1]);
      const [acme, stripe] = [
        acmeWebhook('acme-1', 'A-1', 4_990),
        stripeWebhook('evt_1', 'invoice.paid', { secret: STRIPE_SECRET, data: { amount_paid: 700 } }),
      ];
      const copies = await Promise.all(
        [acme, acme, acme, stripe, stripe].map((webhook) =>
          send(`${url}/webhooks/${webhook === acme ? 'acme' : 'stripe'}`, webhook),
        ),
      );
      expect(copies.map(({ status }) => status)).toEqual(Array(5).fill(200));
      expect(copies.filter(({ json }) => json?.status === 'accepted')).toHaveLength(2);

      const forged = { ...acme, body: Buffer.from(acme.body.toString().replace('4990', '1')) };
      expect((await send(`${url}/webhooks/acme`, forged)).status).toBe(401);

      await until('both to be handled', async () => {
        const { rows } = await database.pool.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM hookyard.delivery WHERE status = 'delivered'`,
        );
        return rows[0]?.n === 2;
      });
      const { rows } = await database.pool.query(
        'SELECT channel, reference, total_cents FROM shop_order ORDER BY channel',
      );
      expect(rows).toEqual([
        { channel: 'acme', reference: 'A-1', total_cents: 4_990 },
        { channel: 'stripe', reference: 'in_evt_1', total_cents: 700 },
      ]);
      const shown = (await (await fetch(`${url}/shop/orders`)).json()) as { reference: string }[];
      expect(shown.map(({ reference }) => reference).sort()).toEqual(['A-1', 'in_evt_1']);
    } finally {
      child.kill('SIGTERM');
      expect((await end).code).toBe(0);
    }
  });
});

/** Signed by hand, not by the code under test. */
function acmeWebhook(id: string, number: string, cents: number): Webhook {
  const body = Buffer.from(
    JSON.stringify({ event_id: id, event: 'order.placed', order: { number, total_cents: cents } }),
  );
  const digest = createHmac('sha256', ACME_SECRET).update(body).digest('hex');
  return { headers: { 'content-type': 'application/json', 'x-acme-signature': `sha256=${digest}` }, body };
}

/** What a user might write; each expected error would be missing if a type were `any`. */
const CONSUMER = `
import { runStandalone, startHookyard, StartupError, WebhookHandler } from 'hookyard';
import type { Hookyard, HookyardOptions, WebhookContext, WebhookEvent } from 'hookyard';
import { defineSource, field, hmac, textOf } from 'hookyard/source';
import { describeSource, readFixtures, signedRequest, type SourceFixture } from 'hookyard/testing';

export const acme = defineSource({
  type: 'acme',
  docs: 'https://acme.example',
  scheme: hmac({ header: 'x-acme', algorithm: 'sha256', encoding: 'hex' }),
  externalId: ({ payload }) => textOf(field(payload, 'id')),
  eventType: () => 'thing.done',
});
export class Handlers {
  @WebhookHandler({ name: 'things', sourceType: 'acme', retry: { schedule: ['1s', '4s'] }, timeout: '5s' })
  async handle(event: WebhookEvent<{ id: string }>, { manager, signal }: WebhookContext): Promise<void> {
    signal.throwIfAborted();
    await manager.query('SELECT $1', [event.data.id]);
    // @ts-expect-error data has no such field
    event.data.nothing;
  }
}
const options: HookyardOptions = { sources: [acme] };
export const started: Promise<Hookyard> = startHookyard(options);
export const standalone: Promise<Hookyard | undefined> = runStandalone(options);
export const problems = (error: StartupError): readonly string[] => error.problems;
export const fixtures: SourceFixture[] = readFixtures('fixtures');
export const body: Buffer = signedRequest(acme, { body: '{}' }).body;
describeSource(acme, fixtures, { describe: (_name, run) => run(), it: (_name, run) => run() });
// @ts-expect-error an unknown option
void startHookyard({ source: [acme] });
// @ts-expect-error a duration needs a unit
WebhookHandler({ name: 'x', sourceType: 'acme', timeout: '5' });
// @ts-expect-error a scheme is required
defineSource({ type: 'a', docs: '', externalId: () => '', eventType: () => '' });
`;
