import type { z } from 'zod';
import { databaseUrlSchema, encryptionKeysSchema } from '../config/credential-schemas.js';
import { readSecret } from '../config/read-variable.js';
import { StartupError } from '../errors.js';

/** DATABASE_URL, for a command that needs nothing else of the configuration. @throws StartupError, with `missing` when it is not set. */
export function databaseUrl(missing: string): string {
  return secretOf('DATABASE_URL', databaseUrlSchema, missing);
}

/** HOOKYARD_ENCRYPTION_KEY, newest first. @throws StartupError, with `missing` when it is not set. */
export function encryptionKeys(missing: string): Buffer[] {
  return secretOf('HOOKYARD_ENCRYPTION_KEY', encryptionKeysSchema, missing);
}

function secretOf<T>(name: string, schema: z.ZodType<T>, missing: string): T {
  const problems: string[] = [];
  const text = readSecret(process.env, name, process.cwd(), (problem) => problems.push(problem));
  if (text === undefined) throw new StartupError('INVALID_CONFIG', problems.length > 0 ? problems : [missing]);
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new StartupError(
    'INVALID_CONFIG',
    parsed.error.issues.map(({ message }) => `${name}: ${message}`),
  );
}
