import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Runs `measure` with the URL of a Redis of its own, without persistence; with none where no redis-server is installed. */
export async function withRedis(measure: (redisUrl: string | undefined) => Promise<void>): Promise<void> {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    console.error('redis-server is not installed: measured on the Postgres queue alone');
    return measure(undefined);
  }
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const redis = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise<void>((resolve, reject) => {
      redis.once('exit', (code) => reject(new Error(`redis-server ended with ${code}`)));
      redis.stdout.on('data', (chunk: Buffer) => chunk.includes('Ready to accept connections') && resolve());
    });
    await measure(`redis://127.0.0.1:${port}`);
  } finally {
    const ended = once(redis, 'exit');
    redis.kill('SIGTERM');
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
