import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DeclaredSecret } from '../../config/config.js';
import { readVariables } from '../../config/read-environment.js';
import { SecretBox } from '../../database/secret-box.js';

/** A secret as it may be shown. */
export interface NamedSecret {
  readonly slug: string;
  /** From 1, in the order of the configuration. */
  readonly position: number;
  readonly of: number;
  readonly label?: string;
  /** As the API shows it; only where the encryption key is at hand. */
  readonly fingerprint?: string;
}

/** Gives every secret a name that does not give it away: where it stands, its label, and its fingerprint. */
export function secretNamer(
  cwd: string,
): (slug: string, secrets: readonly DeclaredSecret[], index: number) => NamedSecret {
  const keys = encryptionKeys(cwd);
  const box = keys.length > 0 ? new SecretBox(keys) : undefined;
  return (slug, secrets, index) => {
    const secret = secrets[index];
    const fingerprint = secret && box?.fingerprints(secret.value)[0];
    return { slug, position: index + 1, of: secrets.length, label: secret?.label, fingerprint };
  };
}

/** `secret 2 of 3 ("old"), fingerprint 0123456789ab` */
export function secretText({ position, of, label, fingerprint }: NamedSecret): string {
  const named = `secret ${position} of ${of}${label === undefined ? '' : ` ("${label}")`}`;
  return fingerprint === undefined ? named : `${named}, fingerprint ${fingerprint}`;
}

/** The router's own: configured, or generated beside the embedded database. Without it there is no fingerprint, and that is all. */
function encryptionKeys(cwd: string): readonly Buffer[] {
  const { encryptionKeys: given, dataDir } = readVariables(
    process.env,
    cwd,
    ['encryptionKeys', 'dataDir'],
    () => undefined,
  );
  if (given) return given;
  try {
    const generated = Buffer.from(readFileSync(join(resolve(cwd, dataDir), 'encryption.key'), 'utf8').trim(), 'base64');
    return generated.length === 32 ? [generated] : [];
  } catch {
    return [];
  }
}
