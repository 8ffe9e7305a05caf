import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterPath, DATABASE_NAME, DATABASE_USER, readRecord } from './cluster.js';
import { inspectPostmaster } from './postmaster.js';

/** The embedded database of a data directory, for who only wants to talk to it. */
export type FoundEmbedded =
  /** None was ever made there. */
  | { readonly state: 'none' }
  /** It runs while a router does, and none does. */
  | { readonly state: 'stopped' }
  | { readonly state: 'running'; readonly url: string }
  /** It is there, and this user may not know how to log in. */
  | { readonly state: 'unreadable'; readonly reason: string };

/** Looks; starts and changes nothing. That the server is Hookyard's own is proven by its password. */
export async function findRunningEmbedded(dataDir: string): Promise<FoundEmbedded> {
  try {
    const home = await realpath(clusterPath(dataDir));
    const record = await readRecord(home);
    if (!record) return { state: 'none' };
    const server = await inspectPostmaster(await realpath(join(home, 'data')));
    // Between the start of the server and its first line about the port it is as good as not there yet.
    if (server.kind !== 'alive' || server.port === undefined) return { state: 'stopped' };
    const login = `${DATABASE_USER}:${encodeURIComponent(record.password)}`;
    return { state: 'running', url: `postgresql://${login}@127.0.0.1:${server.port}/${DATABASE_NAME}?sslmode=disable` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { state: 'none' };
    return { state: 'unreadable', reason: message };
  }
}
