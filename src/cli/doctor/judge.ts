import { failed, ok, warning, type Finding } from './finding.js';

/** https://www.postgresql.org/support/versioning/ : what we are tested against. */
const VERSIONS = { oldest: 14, newest: 18 };
/** Reserved for superusers by default. */
const RESERVED_CONNECTIONS = 3;
const SKEW = { warnMs: 1_000, failMs: 30_000 };
const DISK = { warnBytes: 2 * 1024 ** 3, failBytes: 200 * 1024 ** 2 };

/** `version`: of `server_version_num`. */
export function judgeVersion(version: number): Finding {
  const major = Math.floor(version / 10_000);
  if (major < VERSIONS.oldest)
    return failed(
      'version',
      `This is PostgreSQL ${major}.`,
      `Hookyard needs ${VERSIONS.oldest} to ${VERSIONS.newest}: upgrade the server.`,
    );
  if (major > VERSIONS.newest)
    return warning(
      'version',
      `This is PostgreSQL ${major}.`,
      `Hookyard is tested with ${VERSIONS.oldest} to ${VERSIONS.newest}.`,
    );
  return ok('version', `PostgreSQL ${major}.`);
}

/** `needed`: by one process; `allowed`: `max_connections`. */
export function judgeConnections(needed: number, allowed: number): Finding {
  const free = allowed - RESERVED_CONNECTIONS;
  if (needed > free)
    return failed(
      'connections',
      `One process may open ${needed} connections; the server allows ${allowed} in all.`,
      'Lower DATABASE_POOL_MAX, or raise max_connections.',
    );
  return ok(
    'connections',
    `One process opens at most ${needed} of ${allowed} connections: room for ${Math.floor(free / needed)}.`,
  );
}

/** `isKept`: two statements of one connection met the same server process, also while others asked. */
export function judgePooling(isKept: boolean): Finding {
  return isKept
    ? ok('pooling', 'A connection keeps its session.')
    : failed(
        'pooling',
        'Something between pools by transaction: statements of one connection reach different sessions.',
        'Point DATABASE_URL at PostgreSQL itself, or set pool_mode = session.',
      );
}

/** How far this machine's clock is ahead of the database's. */
export function judgeClock(aheadMs: number): Finding {
  const apart = Math.abs(aheadMs);
  const says = `This clock is ${(apart / 1_000).toFixed(1)} s ${aheadMs >= 0 ? 'ahead of' : 'behind'} the database's.`;
  const cure =
    'Run a time service (chrony, systemd-timesyncd) on both machines; senders’ signatures are judged by this clock.';
  if (apart > SKEW.failMs) return failed('clock', says, cure);
  if (apart > SKEW.warnMs) return warning('clock', says, cure);
  return ok('clock', says);
}

export function judgeDisk(folder: string, freeBytes: number): Finding {
  const says = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB are free where ${folder} is.`;
  const cure = 'Make room, or put HOOKYARD_DATA_DIR on a larger disk.';
  if (freeBytes < DISK.failBytes) return failed('disk', says, cure);
  return freeBytes < DISK.warnBytes ? warning('disk', says, cure) : ok('disk', says);
}

/** Migrations of this build that the database has not had. */
export function judgeMigrations(pending: readonly string[], migrates: 'start' | 'never'): Finding {
  if (pending.length === 0) return ok('migrations', 'The tables are up to date.');
  const says = `${pending.length} migrations are missing, the first is ${pending[0]}.`;
  return migrates === 'start'
    ? warning('migrations', says, 'The next start makes them; "hookyard migrate" does it now.')
    : failed('migrations', says, 'Run "hookyard migrate": with HOOKYARD_MIGRATE=never routers wait for it.');
}

/** One secret with an end. */
export interface EndingSecret {
  readonly of: string;
  readonly notAfter: Date;
}

const SOON_MS = 14 * 86_400_000;

/** `unset`: sources that need a secret and have none that is still good. */
export function judgeSecrets(unset: readonly string[], ending: readonly EndingSecret[], now: Date): Finding {
  if (unset.length > 0)
    return failed(
      'secrets',
      `No secret that is still good: ${unset.join(', ')}.`,
      "Set what the sender's dashboard shows, or give the secret a later notAfter.",
    );
  const soon = ending.filter(({ notAfter }) => notAfter.getTime() - now.getTime() < SOON_MS);
  if (soon.length > 0)
    return warning(
      'secrets',
      `Past their notAfter, or within 14 days: ${soon.map(({ of, notAfter }) => `${of} (${notAfter.toISOString().slice(0, 10)})`).join(', ')}.`,
      'Put the next secret beside it, then take the old one out.',
    );
  return ok('secrets', 'Every source that needs a secret has one.');
}
