import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SecretUse } from '../../src/routing/secret-use.js';
import { tablesHolding } from '../support/database-text.js';
import { accepted } from '../support/deliveries.js';
import { MainProcess } from '../support/main-process.js';
import { routerEnv, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const [CURRENT, OLD, ENDED] = ['whsec_current_secret', 'whsec_old_secret', 'whsec_ended_secret'];
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
const SOURCES = `version: 1
sources:
  - slug: stripe
    type: stripe
    secrets:
      - { value: "${CURRENT}", label: current }
      - { value: "${OLD}", label: until next week, notAfter: "${inDays(7)}" }
      - { value: "${ENDED}", label: gone, notAfter: "${inDays(-1)}" }
  - slug: forgotten
    type: stripe
    secrets: [{ value: "${ENDED}", notAfter: "${inDays(-1)}" }]
`;

interface SeenSource {
  slug: string;
  verification: string;
  secrets: {
    fingerprint: string;
    label: string | null;
    notAfter: string | null;
    ended: boolean;
    lastMatchedAt: string | null;
  }[];
}

describe('the secrets of a source', () => {
  let database: TestDatabase;
  let router: TestRouter;

  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({ databaseUrl: database.url, sourcesYaml: SOURCES });
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });

  const signed = (id: string, secret: string) => stripeWebhook(id, 'invoice.paid', { secret });
  const sourceOf = async (slug: string): Promise<SeenSource> =>
    (await router.api<{ data: SeenSource }>(`/sources/${slug}`)).data;
  const writtenAt = async (): Promise<(string | null)[]> =>
    (await sourceOf('stripe')).secrets.map(({ lastMatchedAt }) => lastMatchedAt);

  it('are all accepted until their end, and not after it', async () => {
    await accepted(router, 'stripe', signed('evt_current', CURRENT));
    await accepted(router, 'stripe', signed('evt_old', OLD));
    expect((await send(router.ingress('stripe'), signed('evt_ended', ENDED))).status).toBe(401);
    expect((await send(router.ingress('forgotten'), signed('evt_ended', ENDED))).status).toBe(401);
  });

  it('are shown by fingerprint and label, with their end and when they last matched', async () => {
    await until('both uses are noted', async () => (await writtenAt()).filter(Boolean).length === 2);
    const { secrets, verification } = await sourceOf('stripe');
    expect(verification).toBe('enforce');
    expect(secrets).toEqual([
      {
        fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
        label: 'current',
        notAfter: null,
        ended: false,
        lastMatchedAt: expect.any(String),
      },
      expect.objectContaining({
        label: 'until next week',
        notAfter: expect.any(String),
        ended: false,
        lastMatchedAt: expect.any(String),
      }),
      expect.objectContaining({ label: 'gone', ended: true, lastMatchedAt: null }),
    ]);
    expect(new Set(secrets.map(({ fingerprint }) => fingerprint)).size).toBe(3);
    const { data } = await router.api<{ data: SeenSource[] }>('/sources');
    expect(data.map(({ slug }) => slug)).toEqual(['forgotten', 'stripe']);
    expect(await router.api('/sources/nobody')).toMatchObject({ errors: [{ code: 'SOURCE_NOT_FOUND' }] });
  });

  it('have their use noted once a minute, however often they match', async () => {
    const before = await writtenAt();
    for (let n = 0; n < 20; n += 1) await accepted(router, 'stripe', signed(`evt_more_${n}`, CURRENT));
    await router.app.get(SecretUse).flush();
    expect(await writtenAt()).toEqual(before);
  });

  it('are in no answer of the API and in no readable column', async () => {
    const told = JSON.stringify([await router.api('/sources'), await router.api('/rejections')]);
    for (const secret of [CURRENT, OLD, ENDED]) {
      expect(told).not.toContain(secret);
      expect(await tablesHolding(database.pool, String(secret))).toEqual([]);
    }
  });

  it('that are needed and end soon are told of at start, and so is a source that has none left', async () => {
    await router.close();
    const main = await MainProcess.start(SOURCES, { ...routerEnv({ databaseUrl: database.url }), LOG_LEVEL: 'warn' });
    const lines = (): Record<string, unknown>[] =>
      main.stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    try {
      const said = await until('both are said', () => {
        const found = lines().filter(({ event }) => String(event).startsWith('secret.'));
        return found.length >= 2 ? found : undefined;
      });
      expect(said.toSorted((a, b) => String(a['event']).localeCompare(String(b['event'])))).toMatchObject([
        { event: 'secret.ending', level: 'warn', source: 'stripe', label: 'until next week', isLast: false },
        { event: 'secret.none_left', level: 'error', source: 'forgotten' },
      ]);
    } finally {
      await main.remove();
    }
    router = await startRouter({ databaseUrl: database.url, sourcesYaml: SOURCES });
  });
});
