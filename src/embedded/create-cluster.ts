import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartupError } from '../errors.js';
import { canReach, type ServerAccount } from './account.js';
import type { Binaries } from './binaries.js';
import { clusterPath, DATABASE_USER, findCluster, writeRecord, type Cluster } from './cluster.js';
import type { EmbeddedLog } from './embedded-log.js';
import { choosePort } from './port.js';
import { removeAbandoned } from './remove-abandoned.js';
import { runAs } from './run-as.js';

export interface ClusterPlace {
  readonly dataDir: string;
  /** The PostgreSQL major version it is made with. */
  readonly major: string;
  /** Where the cluster goes, as root, when the data directory is closed to Postgres's account. */
  readonly reachableDir: string;
}

/**
 * Makes a new cluster beside its final place and moves it there in one step. When another process was first, its cluster is
 * taken and ours thrown away.
 */
export async function createCluster(
  place: ClusterPlace,
  account: ServerAccount,
  binaries: Binaries,
  log: EmbeddedLog,
): Promise<Cluster> {
  const path = clusterPath(place.dataDir);
  const direct = await canReach(place.dataDir, account);
  const home = direct ? path : join(place.reachableDir, randomBytes(8).toString('hex'));
  if (!direct) {
    await mkdir(place.reachableDir, { recursive: true, mode: 0o755 });
    if (!(await canReach(place.reachableDir, account))) throw closed(place, account);
    log.info(
      { dataDir: place.dataDir, home },
      `the data directory is closed to ${account.name}; the database is kept elsewhere`,
    );
  }
  await removeAbandoned(dirname(home));
  const unfinished = `${home}.tmp-${randomBytes(4).toString('hex')}`;
  try {
    await fill(unfinished, account, binaries);
    await rename(unfinished, home);
    await syncFolder(dirname(home));
    if (!direct) await symlink(home, path);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!direct) await rm(home, { recursive: true, force: true });
    const theirs = error instanceof StartupError ? undefined : await findCluster(place.dataDir, place.major);
    if (theirs) return theirs;
    throw error;
  }
  const cluster = await findCluster(place.dataDir, place.major);
  if (!cluster) throw new Error(`${path} vanished while it was made`);
  log.info({ data: cluster.data, port: cluster.port }, 'made a new embedded database');
  return cluster;
}

/** The whole content: data, and the record with a password nobody else knows. */
async function fill(home: string, account: ServerAccount, binaries: Binaries): Promise<void> {
  const data = join(home, 'data');
  const passwordFile = join(home, 'password');
  const password = randomBytes(24).toString('hex');
  await mkdir(home);
  // As root, the account must pass through, but it owns (and lists) nothing of ours.
  await chmod(home, account.switchTo ? 0o711 : 0o700);
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account.switchTo) {
    for (const file of [data, passwordFile]) await chown(file, account.switchTo.uid, account.switchTo.gid);
  }
  const settings = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--no-instructions'];
  const identity = [`--username=${DATABASE_USER}`, `--pwfile=${passwordFile}`];
  const result = await runAs(account, binaries.initdb, ['-D', data, ...settings, ...identity], home);
  await rm(passwordFile, { force: true });
  if (!result.succeeded) {
    throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
      `A new database could not be made in ${home} as ${account.name}:`,
      ...result.output.split('\n').slice(-15),
      ...(result.output.includes('could not look up effective user ID')
        ? ['PostgreSQL needs a user with a name: add one to /etc/passwd, or set DATABASE_URL.']
        : []),
    ]);
  }
  // The first eight bytes of the control file; all supported platforms are little-endian.
  const control = await readFile(join(data, 'global', 'pg_control'));
  await writeRecord(home, { password, port: await choosePort(), systemIdentifier: String(control.readBigUInt64LE(0)) });
}

/** Makes the rename survive a power cut. Windows cannot open folders, and needs no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function closed({ dataDir, reachableDir }: ClusterPlace, account: ServerAccount): StartupError {
  return new StartupError('EMBEDDED_POSTGRES_FAILED', [
    `PostgreSQL refuses to run as root, and ${account.name} may enter neither ${dataDir} nor ${reachableDir}.`,
    'Choose a data directory it may enter, run Hookyard as an ordinary user, or set DATABASE_URL.',
  ]);
}
