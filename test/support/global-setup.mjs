/**
 * The servers that tests need, started once: our own embedded Postgres, and Redis where a redis-server is found. Every test
 * file makes a database of its own in it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// Jest maps no module names in here, so this is the built code; `npm test` builds first.
import { startEmbeddedPostgres } from '../../dist/src/embedded/start-embedded-postgres.js';

export default async function globalSetup() {
  const dataDir = mkdtempSync(join(tmpdir(), 'hookyard-test-'));
  // The account that Postgres runs under must get in here.
  chmodSync(dataDir, 0o755);
  const log = { info() {}, warn: console.warn, error: console.error };
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  process.env.TEST_POSTGRES_URL = postgres.url;
  const redis = await startRedis();
  if (redis) process.env.TEST_REDIS_URL = redis.url;
  else console.log('No redis-server found: everything runs on the Postgres queue only.');
  globalThis.hookyardTestServers = { postgres, redis, dataDir };
}

async function startRedis() {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const port = await freePort();
  const child = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--maxmemory-policy',
      'noeviction',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
    child.stdout.on('data', (chunk) => String(chunk).includes('Ready to accept connections') && resolve());
  });
  return { url: `redis://127.0.0.1:${port}`, child };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
