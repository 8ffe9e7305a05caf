import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ended, type Ended } from '../support/installed-shop.js';

// Generates and compiles.
jest.setTimeout(120_000);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a dashboard would do with it. Where a comment expects an error, none would mean that the types say nothing. */
const CONSUMER = `
import { deliveriesList, deliveriesRetry, eventsGet } from './client/sdk.gen.js';
import type { Delivery, Error as ApiError } from './client/types.gen.js';

export const line = ({ id, status, destination }: Delivery): string => [id, status, destination].join(' ');
export const code = ({ errors }: ApiError): string | undefined => errors[0]?.code;

export async function retryAll(auth: string): Promise<string[]> {
  const { data, error } = await deliveriesList({ auth, query: { status: 'dead', limit: 50 } });
  if (error) throw new Error(error.errors.map(({ code }) => code).join());
  const next: string | null = data.page.next;
  const told: string[] = [next ?? 'the last page'];
  for (const { id, eventId, attempts } of data.data) {
    const again = await deliveriesRetry({ auth, path: { id }, headers: { 'Idempotency-Key': id } });
    const event = await eventsGet({ auth, path: { id: eventId } });
    told.push(...data.data.map(line));
    told.push(event.data?.data.deliveries[0]?.status ?? 'gone', again.data?.data.status ?? '', attempts.toFixed());
  }
  return told;
}
export const wrong = [
  // @ts-expect-error no such status
  deliveriesList({ query: { status: 'lost' } }),
  // @ts-expect-error a delivery has an id
  deliveriesRetry({ path: {} }),
  // @ts-expect-error no such field
  deliveriesList().then(({ data }) => data?.data[0]?.colour),
];
`;

describe('a client generated from docs/openapi.json', () => {
  let folder: string;
  beforeAll(async () => {
    // Beneath the checkout, so that the compiler finds Node's types.
    folder = await mkdtemp(join(ROOT, 'dist', 'generated-client-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = (script: string, ...args: string[]): Promise<Ended> =>
    ended(spawn(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd: folder }));

  it('compiles under strict settings, and its types know what the API takes and answers', async () => {
    const input = ['--input', join(ROOT, 'docs', 'openapi.json'), '--output', join(folder, 'client')];
    const plugins = ['--plugins', '@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch', '--no-log-file'];
    const generated = await run('@hey-api/openapi-ts/bin/run.js', ...input, ...plugins);
    expect(generated).toMatchObject({ code: 0 });

    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'consumer.ts'), CONSUMER);
    const strict = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--target',
      'es2023',
    ];
    const compiled = await run('typescript/bin/tsc', ...strict, '--lib', 'es2023,dom,dom.iterable', 'consumer.ts');
    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
