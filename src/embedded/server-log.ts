import { appendFile, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from './cluster.js';

const MAX_BYTES = 8 * 1024 * 1024;
const KEPT_BYTES = 512 * 1024;
const TAIL_BYTES = 16 * 1024;

/** The file a server of this cluster writes its messages to. */
export function serverLogPath(cluster: Cluster): string {
  return join(cluster.home, 'server.log');
}

/** Cuts a log that has grown too long down to its end. The server appends, so it may go on writing meanwhile. */
export async function trimServerLog(cluster: Cluster): Promise<void> {
  const path = serverLogPath(cluster);
  const size = await serverLogSize(cluster);
  if (size <= MAX_BYTES) return;
  const end = await readFrom(path, size - KEPT_BYTES);
  await truncate(path, 0);
  await appendFile(path, end);
}

/** How long the log is now; 0 when there is none. */
export async function serverLogSize(cluster: Cluster): Promise<number> {
  const found = await stat(serverLogPath(cluster)).catch(() => undefined);
  return found?.size ?? 0;
}

/** The end of what was logged after this position. */
export async function readServerLog(cluster: Cluster, since: number): Promise<string> {
  const start = Math.max(since, (await serverLogSize(cluster)) - TAIL_BYTES);
  const text = await readFrom(serverLogPath(cluster), start).catch(() => '');
  return text.trim();
}

async function readFrom(path: string, start: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.max(0, size - start));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
