import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StartupError } from '../errors.js';

/** Who Postgres runs as. Without `switchTo`: whoever this process runs as. */
export interface ServerAccount {
  readonly name: string;
  readonly switchTo: { readonly uid: number; readonly gid: number } | undefined;
}

const ROOT = 0;

/** The account for a new cluster: our own, or, since Postgres refuses root, `postgres` or else `nobody`. */
export async function chooseAccount(): Promise<ServerAccount> {
  if (process.getuid?.() !== ROOT) return ownAccount();
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = passwd.match(new RegExp(`^${wanted}:.*$`, 'm'))?.[0].split(':') ?? [];
    if (name && uid && gid) return { name, switchTo: { uid: Number(uid), gid: Number(gid) } };
  }
  throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
    'PostgreSQL refuses to run as root, and /etc/passwd names neither "postgres" nor "nobody" to run it as.',
    'Run Hookyard as an ordinary user, or set DATABASE_URL.',
  ]);
}

/** The account that owns existing data: only it may serve them, whatever accounts were added since. */
export async function accountOwning(directory: string): Promise<ServerAccount> {
  const { uid, gid } = await stat(directory);
  const own = process.getuid?.();
  if (own === undefined || own === uid) {
    if (own !== ROOT) return ownAccount();
    throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
      `${directory} belongs to root, and PostgreSQL refuses to run as root.`,
      'Give it to an ordinary account (chown -R), or set DATABASE_URL.',
    ]);
  }
  if (own === ROOT) return { name: `user ${uid}`, switchTo: { uid, gid } };
  throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
    `${directory} belongs to user ${uid}, and this process runs as user ${own}.`,
    'Run Hookyard as the user who made the data (or as root), choose another data directory, or set DATABASE_URL.',
  ]);
}

/** Whether the account may pass through a folder and all folders above it, judged by their mode bits. */
export async function canReach(directory: string, account: ServerAccount): Promise<boolean> {
  if (!account.switchTo) return true;
  const { uid, gid } = account.switchTo;
  for (let folder = await realpath(directory); ; folder = dirname(folder)) {
    const found = await stat(folder);
    const passBit = found.uid === uid ? 0o100 : found.gid === gid ? 0o010 : 0o001;
    if ((found.mode & passBit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function ownAccount(): ServerAccount {
  return { name: `user ${process.getuid?.() ?? 'running this process'}`, switchTo: undefined };
}
