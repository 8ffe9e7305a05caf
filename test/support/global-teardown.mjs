import { rmSync } from 'node:fs';

export default async function globalTeardown() {
  const { postgres, redis, dataDir } = globalThis.hookyardTestServers;
  redis?.child.kill('SIGKILL');
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
