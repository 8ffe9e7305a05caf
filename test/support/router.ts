import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { startHookyard, type Hookyard, type HookyardOptions } from '../../src/start-hookyard.js';
import { SHOPIFY_SECRET, STRIPE_SECRET, TELEGRAM_SECRET } from './senders.js';

export const API_KEY = 'hky_test_key_0123456789abcdef';
const ENCRYPTION_KEY = randomBytes(32).toString('base64');

export interface RouterSettings {
  readonly databaseUrl: string;
  /** `destinations` and `routes` of hookyard.yaml, as text; the three sources are always there. */
  readonly yaml?: string;
  /** Instead of the three sources. */
  readonly sourcesYaml?: string;
  readonly redisUrl?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly options?: HookyardOptions;
}

/** A router in this process, on a random port, silent. */
export interface TestRouter extends Hookyard {
  /** Where a source takes webhooks. */
  ingress(slug: string): string;
  /** GET on the management API; gives the parsed body. */
  api<T = ApiAnswer>(path: string): Promise<T>;
}

export interface ApiAnswer {
  status: string;
  data: Record<string, unknown>[] & Record<string, unknown>;
  errors: { code: string }[];
  page?: { next: string | null; prev: string | null; total: number; totalIsExact: boolean };
}

/** The three built-in sources with the secrets that `senders.ts` signs with. */
export const SOURCES_YAML = `version: 1
sources:
  - { slug: stripe, type: stripe, secrets: ["${STRIPE_SECRET}"] }
  - { slug: shopify, type: shopify, secrets: ["${SHOPIFY_SECRET}"] }
  - { slug: telegram, type: telegram, secrets: ["${TELEGRAM_SECRET}"] }
`;

/** The environment of a router under test. */
export function routerEnv({
  databaseUrl,
  redisUrl,
  env,
}: Omit<RouterSettings, 'yaml' | 'options'>): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_MAX: '16',
    // Tests look more often than people do.
    HOOKYARD_API_RATE: '10000/s',
    HOOKYARD_API_KEY: API_KEY,
    HOOKYARD_ENCRYPTION_KEY: ENCRYPTION_KEY,
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
    ...env,
  };
}

/** Starts one; `close()` it. */
export async function startRouter(settings: RouterSettings): Promise<TestRouter> {
  const cwd = await mkdtemp(join(tmpdir(), 'hookyard-router-'));
  await writeFile(join(cwd, 'hookyard.yaml'), (settings.sourcesYaml ?? SOURCES_YAML) + (settings.yaml ?? ''));
  const hookyard = await startHookyard({ cwd, env: routerEnv(settings), handleSignals: false, ...settings.options });
  return {
    ...hookyard,
    ingress: (slug) => `${hookyard.url}/webhooks/${slug}`,
    api: async <T>(path: string) => {
      const response = await request(`${hookyard.managementUrl}/api/v1${path}`, {
        headers: { authorization: `Bearer ${API_KEY}` },
      });
      return (await response.body.json()) as T;
    },
    close: async () => {
      await hookyard.close();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

/** One HTTP destination and a route for everything to it. */
export function destinationYaml(name: string, url: string, extra = ''): string {
  return `destinations:
  - { name: ${name}, url: "${url}", allowPrivateNetwork: true${extra ? `, ${extra}` : ''} }
routes:
  - { sourceType: stripe, to: ${name} }
  - { sourceType: shopify, to: ${name} }
  - { sourceType: telegram, to: ${name} }
`;
}
