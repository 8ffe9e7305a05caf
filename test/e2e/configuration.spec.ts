import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { DatabaseProxy } from '../support/database-proxy.js';
import { freePort } from '../support/free-port.js';
import { MainProcess } from '../support/main-process.js';
import { RawConnection } from '../support/raw-http.js';
import { routerEnv, SOURCES_YAML } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(40_000);

describe('a start', () => {
  let database: TestDatabase;
  const started: MainProcess[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((main) => main.remove()));
  });
  afterAll(() => database.drop());

  const start = async (yaml: string, env: Record<string, string>): Promise<MainProcess> => {
    const main = await MainProcess.start(yaml, env);
    started.push(main);
    return main;
  };
  const envOf = (databaseUrl: string, env: Record<string, string> = {}): Record<string, string> => ({
    ...routerEnv({ databaseUrl }),
    LOG_LEVEL: 'info',
    ...env,
  });

  it('with a wrong configuration ends with code 1, names every problem at once, and no secret', async () => {
    const yaml = `version: 1
sources:
  - { slug: stripe, type: stripe, secrets: ["\${UNSET_SECRET}"] }
  - { slug: Not A Slug, type: stripe, secrets: ["canary-in-yaml"] }
  - { slug: other, type: strpe, secrets: ["canary-in-yaml"] }
destinations:
  - { name: billing, url: "ftp://canary-user:canary-in-url@billing.test" }
  - { name: slow, url: "https://slow.test", timeout: fast, retri: patient, signingSecrets: ["canary-signing"] }
routes:
  - { source: nobody, to: billing }
  - { source: stripe, to: nowhere }
`;
    const main = await start(yaml, {
      PORT: 'eighty',
      LOG_LEVEL: 'loud',
      HOOKYARD_ROLE: 'chef',
      DATABASE_URL: 'mysql://canary-user:canary-db-password@db/x',
      REDIS_URL: 'canary-redis-password@redis',
      HOOKYARD_ENCRYPTION_KEY: 'canary-too-short',
      HOOKYARD_API_KEY: 'canary-key',
    });
    expect(await main.exitCode()).toBe(1);
    const written = main.stdout + main.stderr;
    expect(written).not.toContain('canary');
    const places = [
      'PORT',
      'LOG_LEVEL',
      'HOOKYARD_ROLE',
      'DATABASE_URL',
      'REDIS_URL',
      'HOOKYARD_ENCRYPTION_KEY',
      'HOOKYARD_API_KEY',
    ];
    for (const place of [...places, 'UNSET_SECRET', 'sources', 'destinations', 'retri', 'timeout']) {
      expect(main.stderr).toContain(place);
    }
    expect(main.stderr).toMatch(/^Hookyard cannot start \(INVALID_CONFIG\):\n( {2}- .+\n){10,}$/);
    expect(main.stdout).toBe('');
  });

  it('whose routes name sources or destinations that are not there ends with code 1 and says which', async () => {
    const routes = 'routes:\n  - { source: strip, to: nowhere }\n  - { source: stripe, to: elsewhere }\n';
    const main = await start(SOURCES_YAML + routes, envOf(database.url));
    expect(await main.exitCode()).toBe(1);
    for (const place of ['routes[0].source', 'routes[0].to', 'routes[1].to']) expect(main.stderr).toContain(place);
  });

  it('with a database that refuses its password ends with code 1 and does not print it', async () => {
    const url = new URL(database.url);
    url.password = 'canary-wrong-password';
    const main = await start(SOURCES_YAML, envOf(url.href));
    expect(await main.exitCode()).toBe(1);
    expect(main.stderr).toContain('DATABASE_UNUSABLE');
    expect(main.stdout + main.stderr).not.toContain('canary');
  });

  it('without its database waits, listens to nobody meanwhile, and comes up with it', async () => {
    const proxy = await DatabaseProxy.start(database.url, { up: false });
    const port = await freePort();
    const main = await start(SOURCES_YAML, envOf(proxy.url, { PORT: String(port) }));
    await main.logged('database.awaited');
    await expect(RawConnection.open(`http://127.0.0.1:${port}`)).rejects.toThrow('ECONNREFUSED');
    await proxy.answer();
    const url = await main.ready();
    expect((await request(`${url}/health/ready`)).statusCode).toBe(200);
    expect((await send(`${url}/webhooks/stripe`, stripeWebhook('evt_late_database'))).json?.status).toBe('accepted');
    main.kill('SIGTERM');
    expect(await main.exitCode()).toBe(0);
    await proxy.stop();
  });

  it('of several processes at once on an empty database migrates once, and all come up', async () => {
    const empty = await createTestDatabase();
    const waiting = await start(SOURCES_YAML, envOf(empty.url, { HOOKYARD_MIGRATE: 'never' }));
    await waiting.logged('database.unmigrated');
    const eager = await Promise.all([1, 2].map(() => start(SOURCES_YAML, envOf(empty.url))));
    const urls = await Promise.all([...eager, waiting].map((main) => main.ready()));
    expect(eager.filter(({ stdout }) => stdout.includes('"database.migrated"'))).toHaveLength(1);
    const answers = await Promise.all(
      urls.map((url) => send(`${url}/webhooks/stripe`, stripeWebhook('evt_everywhere'))),
    );
    expect(answers.filter(({ json }) => json?.status === 'accepted')).toHaveLength(1);
    expect(new Set(answers.map(({ json }) => json?.id)).size).toBe(1);
    await Promise.all(started.splice(0).map((main) => main.remove()));
    await empty.drop();
  });
});
