import { resolve } from 'node:path';
import { encryptionKeysSchema } from '../config/credential-schemas.js';
import { readVariables } from '../config/read-environment.js';
import { readSecretFile } from '../config/read-secret-file.js';
import { findRunningEmbedded } from '../embedded/find-running.js';
import { StartupError } from '../errors.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The database of a command that needs nothing else of the configuration: DATABASE_URL, or else the embedded one, where a router of this
 * machine runs it. @throws StartupError that says what to set or start.
 */
export async function databaseUrl(env: Env = process.env, cwd: string = process.cwd()): Promise<string> {
  const {
    databaseUrl: given,
    dataDir,
    embedded,
    nodeEnv,
  } = read(env, cwd, ['databaseUrl', 'dataDir', 'embedded', 'nodeEnv']);
  if (given !== undefined) return given;
  if (embedded === false || (nodeEnv === 'production' && embedded !== true))
    throw refused(
      'DATABASE_URL: is missing, and the embedded database is not meant here (HOOKYARD_EMBEDDED, NODE_ENV)',
    );
  const folder = resolve(cwd, dataDir);
  const found = await findRunningEmbedded(folder);
  switch (found.state) {
    case 'running':
      return found.url;
    case 'stopped':
      throw refused(
        `DATABASE_URL: is missing, and the embedded database in ${folder} is not running: it runs while a router does. Start one ("hookyard start") and try again; it migrates by itself, and applies hookyard.yaml`,
      );
    case 'none':
      throw refused(
        `DATABASE_URL: is missing, and there is no embedded database in ${folder}: set it, or HOOKYARD_DATA_DIR, or run this where the router was started`,
      );
    case 'unreadable':
      throw refused(`DATABASE_URL: is missing, and the embedded database cannot be used: ${found.reason}`);
  }
}

/**
 * HOOKYARD_ENCRYPTION_KEY, newest first; with the embedded database else the one that the router made for itself.
 * @throws StartupError
 */
export function encryptionKeys(env: Env = process.env, cwd: string = process.cwd()): readonly Buffer[] {
  const {
    databaseUrl: given,
    encryptionKeys: keys,
    dataDir,
  } = read(env, cwd, ['databaseUrl', 'encryptionKeys', 'dataDir']);
  if (keys !== undefined) return keys;
  const own = given === undefined ? readSecretFile(resolve(cwd, dataDir, 'encryption.key')) : undefined;
  const parsed = encryptionKeysSchema.safeParse(typeof own === 'string' ? own.trim() : undefined);
  if (parsed.success) return parsed.data;
  throw refused('HOOKYARD_ENCRYPTION_KEY: is missing; it is the one that the routers have');
}

function read<K extends Parameters<typeof readVariables>[2][number]>(env: Env, cwd: string, keys: readonly K[]) {
  const problems: string[] = [];
  const values = readVariables(env, cwd, keys, (problem) => problems.push(problem));
  if (problems.length > 0) throw new StartupError('INVALID_CONFIG', problems);
  return values;
}

function refused(problem: string): StartupError {
  return new StartupError('INVALID_CONFIG', [problem]);
}
