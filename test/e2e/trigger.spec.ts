/** `hookyard trigger` against a real router: for every type of the catalogue, and as the command that people type. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { trigger, type TriggerFlags } from '../../src/cli/trigger/trigger.js';
import { builtInSources } from '../../src/sources/catalog.js';
import { ended, type Ended } from '../support/installed-shop.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const BIN = fileURLToPath(new URL('../../bin/hookyard.mjs', import.meta.url));
const TYPES = builtInSources.map(({ type }) => type);
/** Not a type's name: what is found is found in the configuration. */
const slugOf = (type: string) => `my-${type}`;

const GENERIC_OPTIONS = {
  signature: { text: '{id}.{timestamp}.{body}', header: 'X-Acme-Signature' },
  timestamp: { header: 'X-Acme-Time', format: 'milliseconds' },
  id: { header: 'X-Acme-Id' },
  type: { pointer: '/events/0/name' },
};

// The commands are processes; the rest is HTTP.
jest.setTimeout(120_000);

let database: TestDatabase;
let router: TestRouter;
let folder: string;
let config: string;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'hookyard-trigger-'));
  config = join(folder, 'hookyard.yaml');
  const sources = builtInSources.map(({ type, scheme }) => ({
    slug: slugOf(type),
    type,
    secrets: [scheme.exampleSecret(type)],
  }));
  const options = { slug: 'acme', type: 'generic', secrets: ['acme-secret'], options: GENERIC_OPTIONS };
  const sourcesYaml = stringify({ version: 1, sources: [...sources, options] });
  await writeFile(config, sourcesYaml);
  router = await startRouter({
    databaseUrl: database.url,
    sourcesYaml,
    env: { HOOKYARD_PUBLIC_URL: 'https://hooks.example.com' },
  });
});
afterAll(async () => {
  await router.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Sent {
  readonly code: number;
  readonly request: { url: string; headers: Record<string, string>; body: string };
  readonly answers: readonly { status: number; body: string }[];
}

/** In this process, as the command does it. */
async function sent(slug: string, flags: TriggerFlags = {}, type?: string): Promise<Sent> {
  const print = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    const url = `${router.url}/webhooks/${slug}`;
    process.env['HOOKYARD_PUBLIC_URL'] = 'https://hooks.example.com';
    const code = await trigger(slug, type, { config, url, json: true, ...flags });
    return { code, ...(JSON.parse(String(print.mock.calls[0]?.[0])) as Omit<Sent, 'code'>) };
  } finally {
    print.mockRestore();
    delete process.env['HOOKYARD_PUBLIC_URL'];
  }
}

/** Events of a source. */
async function stored(slug: string): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM hookyard.event e JOIN hookyard.source s ON s.id = e.source_id WHERE s.slug = $1',
    [slug],
  );
  return rows[0]?.n ?? 0;
}

function hookyard(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`;
  return ended(spawn(process.execPath, [BIN, ...args], { cwd: folder, env: { PATH, ...env } }));
}

describe.each(TYPES)('hookyard trigger, of type %s', (type) => {
  const slug = slugOf(type);
  const description = builtInSources.find((candidate) => candidate.type === type);

  it('sends a genuine event, which is a new one each time', async () => {
    const before = await stored(slug);
    expect(await sent(slug)).toMatchObject({ code: 0 });
    const once = await stored(slug);
    expect(once).toBeGreaterThan(before);
    expect(await sent(slug)).toMatchObject({ code: 0 });
    expect(await stored(slug)).toBe(once + (once - before));
  });

  it('sends copies, of which one is stored', async () => {
    const before = await stored(slug);
    await sent(slug);
    const each = (await stored(slug)) - before;
    const { code, answers } = await sent(slug, { duplicate: 3 });
    expect({ code, answers: answers.length }).toEqual({ code: 0, answers: 3 });
    expect(await stored(slug)).toBe(before + 2 * each);
  });

  it.each(['tampered', 'unsigned'] as const)('sends a %s one, which is refused', async (mode) => {
    expect(await sent(slug, { [mode]: true })).toMatchObject({ code: 0, answers: [{ status: 401 }] });
  });

  it(
    description?.scheme.signsTime ? 'sends a stale one, which is refused' : 'says where nothing can be stale',
    async () => {
      const stale = sent(slug, { stale: true });
      // A token of GitLab signs a time, its other way does not; the example is the first.
      if (description?.scheme.signsTime || type === 'gitlab') {
        expect(await stale).toMatchObject({ code: 0, answers: [{ status: 401 }] });
      } else {
        await expect(stale).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('signs no time') });
      }
    },
  );
});

describe('hookyard trigger', () => {
  it('sends what the options of a generic source describe', async () => {
    const { code, request, answers } = await sent('acme');
    expect({ code, answers }).toMatchObject({ code: 0, answers: [{ status: 200 }] });
    expect(JSON.parse(request.body)).toMatchObject({ events: { 0: { name: 'hookyard.trigger' } } });
    const { rows } = await database.pool.query(`SELECT type FROM hookyard.event WHERE id = $1`, [
      (JSON.parse(answers[0]?.body ?? '') as { id: string }).id.replace(/^evt_/, ''),
    ]);
    expect(rows).toEqual([{ type: 'hookyard.trigger' }]);
  });

  it('prints request, answer and verdict for people, and never a token', async () => {
    const telegram = builtInSources.find(({ type }) => type === 'telegram');
    const { code, stdout, stderr } = await hookyard(['trigger', 'my-telegram', '--url', router.url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`POST ${router.url}/webhooks/my-telegram`);
    expect(stdout).toContain('"status":"accepted"');
    expect(stdout).toContain('As expected: 2xx, as a new event.');
    expect(stdout).not.toContain(telegram?.scheme.exampleSecret('telegram'));
    expect(stdout).not.toContain('\u001b[');
  });

  it('needs no configuration beside a type and a secret', async () => {
    const secret = builtInSources.find(({ type }) => type === 'stripe')?.scheme.exampleSecret('stripe') ?? '';
    const none = join(folder, 'none.yaml');
    await writeFile(none, 'version: 1\n');
    const url = `${router.url}/webhooks/my-stripe`;
    const flags = ['--url', url, '--type', 'stripe', '--secret', secret];
    const { code, stdout } = await hookyard(['trigger', 'my-stripe', 'invoice.paid', ...flags, '--config', none]);
    expect({ code, type: /"type": "([^"]+)"/.exec(stdout)?.[1] }).toEqual({ code: 0, type: 'invoice.paid' });
  });

  it('ends with 1 where the router does not do as expected', async () => {
    const flags = ['--url', router.url, '--secret', 'another'];
    const { code, stdout } = await hookyard(['trigger', 'my-shopify', ...flags]);
    expect(code).toBe(1);
    expect(stdout).toContain('Not as expected');
  });

  it.each<[string, string[], number, string]>([
    ['a source that there is not', ['my-stripy'], 3, 'Did you mean "my-stripe"?'],
    ['a type that no fixture has', ['my-stripe', 'invoice.payd'], 3, 'Did you mean "invoice.paid"?'],
    ['no source', [], 2, 'Which source?'],
    ['two ways to spoil it', ['my-stripe', '--stale', '--tampered'], 2, 'Choose one of --tampered and --stale'],
    ['a number of copies that is none', ['my-stripe', '--duplicate', '1'], 2, 'from 2 to 100'],
    ['a flag that there is not', ['my-stripe', '--forged'], 2, '--forged'],
    ['a URL that is none', ['my-stripe', '--url', 'localhost'], 2, '--url must be'],
    ['a key that only the sender has', ['discord', '--secret', 'ab'.repeat(32)], 2, 'key pair'],
    ['a router that is not there', ['my-stripe', '--url', 'http://127.0.0.1:9'], 1, 'ECONNREFUSED'],
  ])('says what is wrong with %s', async (_what, args, exitCode, message) => {
    const { code, stderr } = await hookyard(['trigger', ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(exitCode);
  });

  it('lists what it can send of every type', async () => {
    const { code, stdout } = await hookyard(['trigger', '--list', '--json']);
    expect(code).toBe(0);
    const listed = JSON.parse(stdout) as { sourceType: string; type: string }[];
    expect([...new Set(listed.map(({ sourceType }) => sourceType))]).toEqual(TYPES);
    expect(listed).toContainEqual(expect.objectContaining({ sourceType: 'stripe', type: 'invoice.paid' }));
    expect((await hookyard(['trigger', '--list', 'stripe'])).stdout).toMatch(/^stripe +invoice\.paid +invoice-paid/m);
  });
});
