import { randomBytes } from 'node:crypto';
import { lstat, open, readFile, readdir, readlink, realpath, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../errors.js';

/** What is stored beside the data, readable for us alone: how to log in, and how to know the database is ours. */
export interface ConnectionRecord {
  readonly password: string;
  /** The port of the last start; tried first at the next. */
  readonly port: number;
  /** Postgres's own name for this cluster, as `pg_control_system()` reports it. */
  readonly systemIdentifier: string;
}

/** A complete database cluster on disk, running or not. Both paths are real paths, without links. */
export interface Cluster extends ConnectionRecord {
  readonly home: string;
  /** The folder Postgres calls its data directory. */
  readonly data: string;
}

/** The one superuser; the database of the same name is Hookyard's. */
export const DATABASE_USER = 'hookyard';
export const DATABASE_NAME = 'hookyard';

/** Where a data directory keeps its cluster: a folder, or a link to one where Postgres's account may go. */
export function clusterPath(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/** The existing cluster of a data directory, or `undefined` when none was made yet. */
export async function findCluster(dataDir: string, major: string): Promise<Cluster | undefined> {
  const path = clusterPath(dataDir);
  const entry = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw unreadable(path, error);
  });
  if (!entry) return undefined;
  const home = await realpath(path).catch(async (error: NodeJS.ErrnoException) => {
    const target = entry.isSymbolicLink() ? await readlink(path) : path;
    if (error.code !== 'ENOENT') throw unreadable(target, error);
    throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
      `${path} points to ${target}, which is gone.`,
      `Bring it back, or remove ${path} to start with an empty database.`,
    ]);
  });
  const record = await readRecord(home);
  if (!record) {
    // An empty folder, e.g. one made for a mount, is as good as none.
    if ((await readdir(home)).length === 0) return undefined;
    throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
      `${home} exists, but holds no database of Hookyard's.`,
      'Move it away, or choose another data directory.',
    ]);
  }
  const { data, madeBy } = await readData(join(home, 'data'));
  if (madeBy !== major) {
    throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
      `The data in ${data} were made by PostgreSQL ${madeBy}; this Hookyard brings PostgreSQL ${major}, which cannot read them.`,
      `Start the Hookyard version that made them and copy the database over with pg_dump, or serve them with PostgreSQL ${madeBy} and set DATABASE_URL.`,
    ]);
  }
  return { ...record, home, data };
}

/** Remembers the port, so that the next start takes the same one. */
export async function storePort(cluster: Cluster, port: number): Promise<void> {
  const { password, systemIdentifier } = cluster;
  await writeRecord(cluster.home, { password, port, systemIdentifier });
}

/** Replaces the record in one step; nobody ever reads half of it. */
export async function writeRecord(home: string, record: ConnectionRecord): Promise<void> {
  const unfinished = join(home, `connection.json.tmp-${randomBytes(4).toString('hex')}`);
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(record, undefined, 2) + '\n');
    await file.sync();
    // When root runs on a user's data, the user must be able to go on alone.
    const { uid, gid } = await stat(home);
    if (process.getuid?.() === 0) await file.chown(uid, gid);
  } finally {
    await file.close();
  }
  await rename(unfinished, join(home, 'connection.json'));
}

/** What is stored beside the data; `undefined` when nothing is. @throws StartupError when this user may not read it. */
export async function readRecord(home: string): Promise<ConnectionRecord | undefined> {
  try {
    return JSON.parse(await readFile(join(home, 'connection.json'), 'utf8')) as ConnectionRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(join(home, 'connection.json'), error as Error);
  }
}

async function readData(path: string): Promise<{ data: string; madeBy: string }> {
  try {
    const data = await realpath(path);
    return { data, madeBy: (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim() };
  } catch (error) {
    throw unreadable(path, error as Error);
  }
}

function unreadable(path: string, error: Error): StartupError {
  return new StartupError('EMBEDDED_POSTGRES_FAILED', [
    `The embedded database cannot be read: ${path}: ${error.message}`,
    'Run Hookyard as the user who made the data, choose another data directory, or set DATABASE_URL.',
  ]);
}
