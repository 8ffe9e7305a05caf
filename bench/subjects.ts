import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEAP_FLAGS } from '../src/start/small-heap.js';
import { startChild, type Child } from './child.js';
import { API_KEY, SIGNING_SECRET, STRIPE_SECRET } from './secrets.js';

/** Where a subject works. */
export interface Place {
  /** Empty: the router's own. */
  readonly databaseUrl: string;
  /** Unset: the queue is on Postgres. */
  readonly redisUrl?: string;
  /** Where events go. */
  readonly target: string;
}

/** Something that takes signed webhooks and delivers them: the router, or what it is compared with. */
export interface Subject {
  readonly name: string;
  /** `intake` only takes in, `worker` only delivers, `all` does both. */
  start(part: 'intake' | 'worker' | 'all', place: Place): Promise<Child>;
}

const script = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Destinations and routes of most measures: everything to one place, signed. */
export function oneSink(target: string): string {
  return [
    'destinations:',
    `  - { name: sink, url: "${target}", allowPrivateNetwork: true, signingSecrets: ["${SIGNING_SECRET}"] }`,
    'routes:',
    '  - { source: stripe, to: sink }',
    '',
  ].join('\n');
}

/** A destination of many, and which type of event goes there; default: every one. */
export interface Sink {
  readonly name: string;
  readonly url: string;
  readonly type?: string;
}

/** Destinations and routes for several places, signed. */
export function manySinks(sinks: readonly Sink[]): string {
  return [
    'destinations:',
    ...sinks.map(
      ({ name, url }) =>
        `  - { name: ${name}, url: "${url}", allowPrivateNetwork: true, signingSecrets: ["${SIGNING_SECRET}"] }`,
    ),
    'routes:',
    ...sinks.map(
      ({ name, type }) => `  - { source: stripe,${type === undefined ? '' : ` types: ["${type}"],`} to: ${name} }`,
    ),
    '',
  ].join('\n');
}

/** The built router as a user would start it: a process of its own, with a folder and a hookyard.yaml of its own. */
export async function startRouter(
  place: Omit<Place, 'target'>,
  yaml: string,
  env: Record<string, string> = {},
  main = '../src/main.js',
): Promise<Child> {
  const cwd = await mkdtemp(join(tmpdir(), 'hookyard-bench-router-'));
  const sources = `sources:\n  - { slug: stripe, type: stripe, secrets: ["${STRIPE_SECRET}"] }\n`;
  await writeFile(join(cwd, 'hookyard.yaml'), `version: 1\n${yaml.includes('sources:') ? '' : sources}${yaml}`);
  const child = await startChild(
    script(main),
    {
      HOST: '127.0.0.1',
      PORT: '0',
      ...(place.databaseUrl === '' ? {} : { DATABASE_URL: place.databaseUrl }),
      ...(place.redisUrl === undefined ? {} : { REDIS_URL: place.redisUrl }),
      HOOKYARD_API_KEY: API_KEY,
      HOOKYARD_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
      LOG_FORMAT: 'json',
      LOG_LEVEL: 'info',
      ...env,
    },
    cwd,
    HEAP_FLAGS,
  );
  return {
    ...child,
    stop: async () => {
      await child.stop();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

export const router: Subject = {
  name: 'hookyard',
  start: (part, place) => startRouter(place, oneSink(place.target), { HOOKYARD_ROLE: part }),
};

/** What a good team writes in a day; see `baselines/hand-written/main.ts`. */
export const handWritten: Subject = {
  name: 'hand-written Nest',
  start: (part, place) =>
    startChild(script('baselines/hand-written/main.js'), {
      ...environment(place),
      WORKER: part === 'intake' ? '0' : '1',
    }),
};

/** The router's tables with a job per delivery; what it delivers was taken in by the router. */
export const jobPerDelivery: Subject = {
  name: 'a job per delivery',
  start: (part, place) =>
    part === 'worker'
      ? startChild(script('baselines/job-per-delivery.js'), environment(place))
      : router.start('intake', place),
};

function environment({ databaseUrl, redisUrl, target }: Place): Record<string, string> {
  return { DATABASE_URL: databaseUrl, TARGET: target, ...(redisUrl === undefined ? {} : { REDIS_URL: redisUrl }) };
}
