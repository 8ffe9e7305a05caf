/** How the text that a dashboard shows becomes the bytes of an HMAC key. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { exampleTextSecret, sha256, textSecretProblem } from './digests.js';
import { keptKeys } from './kept-keys.js';

/** What a secret's text is: the key itself, or an encoding of it. */
export type SecretEncoding = 'text' | 'hex' | 'base64';

/** Fewer bytes can be guessed. */
const MIN_KEY_BYTES = 16;
const SHAPES = { hex: /^(?:[0-9a-f]{2})+$/i, base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3}={0,2})?$/ };

/** The key of a secret, or `undefined` when the text is not of that encoding. `Buffer.from` alone would skip what is junk. */
export function keyOf(secret: string, encoding: SecretEncoding): string | KeyObject | undefined {
  return encoding === 'text' ? secret : DECODED[encoding](secret);
}

const DECODED = {
  hex: keptKeys((secret) => decoded(secret, 'hex')),
  base64: keptKeys((secret) => decoded(secret, 'base64')),
};

function decoded(secret: string, encoding: keyof typeof SHAPES): KeyObject | undefined {
  const key = SHAPES[encoding].test(secret) ? Buffer.from(secret, encoding) : undefined;
  return key && key.length >= MIN_KEY_BYTES ? createSecretKey(key) : undefined;
}

/** Why a text cannot be such a secret, or `undefined` when it can; never holds the text. */
export function keyProblem(secret: string, encoding: SecretEncoding): string | undefined {
  if (encoding === 'text' || secret.trim() === '') return textSecretProblem(secret);
  return keyOf(secret, encoding) ? undefined : `the secret must be ${encoding} of at least ${MIN_KEY_BYTES} bytes`;
}

/** A secret of that encoding made from a seed; see `Scheme.exampleSecret`. */
export function exampleKey(seed: string, encoding: SecretEncoding): string {
  return encoding === 'text' ? exampleTextSecret(seed) : sha256(seed).toString(encoding);
}
