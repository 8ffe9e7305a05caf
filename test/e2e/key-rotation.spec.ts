/** The built command beside a running router: `npm test` builds first. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { SecretBox } from '../../src/database/secret-box.js';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

/** Each command is a Node process of its own. */
jest.setTimeout(60_000);

const BIN = fileURLToPath(new URL('../../bin/hookyard.mjs', import.meta.url));
const [NEW, OLD, STRANGE] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const text = (...keys: Buffer[]): string => keys.map((key) => key.toString('base64')).join(',');
const FORMER = 2_000;

describe('hookyard keys rotate-encryption', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  const yaml = (): string => destinationYaml('billing', receiver.url, `headers: { authorization: "Bearer ours" }`);
  const routerWith = (...keys: Buffer[]): Promise<TestRouter> =>
    startRouter({ databaseUrl: database.url, yaml: yaml(), env: { HOOKYARD_ENCRYPTION_KEY: text(...keys) } });
  const command = async (keys: string, ...args: string[]): Promise<{ code: number; out: string; error: string }> => {
    const env = { DATABASE_URL: database.url, HOOKYARD_ENCRYPTION_KEY: keys };
    const child = spawn(process.execPath, [BIN, 'keys', 'rotate-encryption', ...args], { env });
    let [out, error] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, out, error };
  };
  /** Values under a key, by its id, in all columns that hold something sealed. */
  const under = async (key: Buffer): Promise<number> => {
    const [id] = new SecretBox([key]).keyIds();
    const { rows } = await database.pool.query<{ count: number }>(
      `SELECT ((SELECT count(*) FROM hookyard.source WHERE substring(secrets_sealed FROM 1 FOR 4) = $1)
        + (SELECT count(*) FROM hookyard.destination WHERE substring(secrets_sealed FROM 1 FOR 4) = $1)
        + (SELECT count(*) FROM hookyard.source WHERE substring(written_sealed FROM 1 FOR 4) = $1)
        + (SELECT count(*) FROM hookyard.destination WHERE substring(written_sealed FROM 1 FOR 4) = $1)
        + (SELECT count(*) FROM hookyard.rejection WHERE substring(request_sealed FROM 1 FOR 4) = $1))::int AS count`,
      [id],
    );
    return rows[0]?.count ?? -1;
  };

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    const router = await routerWith(OLD);
    // Something that no start seals anew: refused requests, and many sources that are declared no more.
    const forged = { ...stripeWebhook('evt_forged'), headers: { 'stripe-signature': 't=1,v1=00' } };
    expect((await send(router.ingress('stripe'), forged)).status).toBe(401);
    await until(
      'the refusal is kept',
      async () => (await database.pool.query('SELECT 1 FROM hookyard.rejection')).rowCount,
    );
    await router.close();
    const box = new SecretBox([OLD]);
    await database.pool.query(
      `INSERT INTO hookyard.source (slug, type, secrets_sealed, undeclared_at)
       SELECT 'former-' || n, 'stripe', sealed, now() FROM unnest($1::bytea[]) WITH ORDINALITY AS s(sealed, n)`,
      [Array.from({ length: FORMER }, (_, n) => box.seal([{ value: `whsec_former_${n}` }]))],
    );
  });
  afterAll(async () => {
    await receiver.stop();
    await database.drop();
  });

  it('refuses to begin with one key only, and says what to write', async () => {
    const { code, error } = await command(text(OLD));
    expect(code).toBe(2);
    expect(error).toContain('"new,old"');
    expect(error).not.toContain(text(OLD));
  });

  it('says so when something is sealed with a key that is not there, and changes nothing of it', async () => {
    const { code, error } = await command(text(NEW, STRANGE), '--check');
    expect(code).toBe(1);
    expect(error).toMatch(/\d+ are sealed with a key that is not in HOOKYARD_ENCRYPTION_KEY/);
    expect(await under(OLD)).toBeGreaterThan(FORMER);
  });

  it('with --check counts what is left under the old key, and fails while there is something', async () => {
    const { code, out } = await command(text(NEW, OLD), '--check', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ resealed: 0, older: await under(OLD), foreign: 0 });
  });

  it('goes on where it was killed, and seals everything beside a router that works meanwhile', async () => {
    const router = await routerWith(NEW, OLD);
    try {
      const env = { DATABASE_URL: database.url, HOOKYARD_ENCRYPTION_KEY: text(NEW, OLD) };
      const killed = spawn(process.execPath, [BIN, 'keys', 'rotate-encryption'], { env, stdio: 'ignore' });
      await until('it has begun', async () => (await under(NEW)) > 200 || killed.exitCode !== null);
      killed.kill('SIGKILL');
      const [rotated, eventId] = await Promise.all([
        command(text(NEW, OLD)),
        accepted(router, 'stripe', stripeWebhook('evt_meanwhile')),
      ]);
      expect(rotated).toMatchObject({ code: 0, error: '' });
      expect(rotated.out).toContain('Nothing is left under an old key');
      expect(await settledDelivery(router, eventId, 'billing')).toMatchObject({ status: 'delivered' });
      expect(await under(OLD)).toBe(0);
      const again = await command(text(NEW, OLD));
      expect(again).toMatchObject({ code: 0 });
      expect(again.out).toContain('0 sealed anew');
    } finally {
      await router.close();
    }
  });

  it('leaves every secret as it was, for a router that has the new key only', async () => {
    const { rows } = await database.pool.query<{ slug: string; secrets_sealed: Buffer }>(
      `SELECT slug, secrets_sealed FROM hookyard.source WHERE slug LIKE 'former-%'`,
    );
    const box = new SecretBox([NEW]);
    const hash = (lines: string[]): string => createHash('sha256').update(lines.toSorted().join('\n')).digest('hex');
    const opened = rows.map(({ slug, secrets_sealed }) => `${slug} ${JSON.stringify(box.open(secrets_sealed))}`);
    const written = Array.from({ length: FORMER }, (_, n) => `former-${n + 1} [{"value":"whsec_former_${n}"}]`);
    expect(hash(opened)).toBe(hash(written));
    const router = await routerWith(NEW);
    const eventId = await accepted(router, 'stripe', stripeWebhook('evt_afterwards'));
    expect(await settledDelivery(router, eventId, 'billing')).toMatchObject({ status: 'delivered' });
    await router.close();
  });
});
