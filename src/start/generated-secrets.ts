import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.js';

/** The two secrets that a router with its own database makes for itself. */
export interface Secrets {
  readonly apiKey: string | undefined;
  readonly encryptionKeys: readonly Buffer[];
  /** Where the key that was generated lies; `undefined` when it was configured. */
  readonly apiKeyFile: string | undefined;
}

/**
 * The configured secrets; with the embedded database, what is not configured is made once and kept in the data directory,
 * readable by its owner only. Processes that start at once agree on one. The database has made the directory before.
 */
export async function secretsOf(config: Config): Promise<Secrets> {
  if (config.database.kind !== 'embedded') {
    return { apiKey: config.apiKey, encryptionKeys: config.encryptionKeys, apiKeyFile: undefined };
  }
  const apiKeyFile = join(config.dataDir, 'api.key');
  return {
    apiKey: config.apiKey ?? (await readOrMake(apiKeyFile, () => `hky_${randomBytes(24).toString('base64url')}`)),
    encryptionKeys:
      config.encryptionKeys.length > 0
        ? config.encryptionKeys
        : [
            Buffer.from(
              await readOrMake(join(config.dataDir, 'encryption.key'), () => randomBytes(32).toString('base64')),
              'base64',
            ),
          ],
    apiKeyFile: config.apiKey === undefined ? apiKeyFile : undefined,
  };
}

async function readOrMake(file: string, make: () => string): Promise<string> {
  const existing = await readFile(file, 'utf8').catch(() => undefined);
  if (existing !== undefined) return existing.trim();
  // Written aside and linked into place: whoever links first wins, and nobody reads a half-written file.
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${make()}\n`, { mode: 0o600 });
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readFile(file, 'utf8')).trim();
}
