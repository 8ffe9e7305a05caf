/**
 * The only place that computes and compares MACs. Everything works on bytes: decoding a body to text first would make
 * different bodies equal (a BOM, invalid UTF-8), and comparing texts by length can throw.
 */
import { createHash, createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';

/** HMAC algorithms and the length of their digests in bytes. */
export const DIGEST_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const;

/** How an HMAC is hashed; sha1 only where a sender offers nothing better. */
export type HmacAlgorithm = keyof typeof DIGEST_BYTES;

/** How a sender writes a digest down. */
export type DigestEncoding = 'hex' | 'base64';

/** Most signatures looked at in one header: a sender sends one per live secret, so more is somebody guessing. */
export const MAX_SIGNATURES = 8;

/** The HMAC over the parts in order; text counts as its UTF-8 bytes. A key in a `Buffer` would make it several times slower. */
export function hmacDigest(
  algorithm: HmacAlgorithm,
  key: string | KeyObject,
  ...parts: readonly (string | Buffer)[]
): Buffer {
  const hmac = createHmac(algorithm, key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/** SHA-256 of bytes, or of a text's UTF-8 bytes. */
export function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

/**
 * The bytes of a digest as written by the sender, or `undefined` when the text is not exactly that: lower-case hex, or
 * base64 with its padding. `Buffer.from` alone never fails: it skips junk, and takes base64url.
 */
export function decodeDigest(text: string, encoding: DigestEncoding, bytes: number): Buffer | undefined {
  const shape = encoding === 'hex' ? /^[0-9a-f]+$/ : /^[A-Za-z0-9+/]+={0,2}$/;
  const length = encoding === 'hex' ? bytes * 2 : Math.ceil(bytes / 3) * 4;
  if (text.length !== length || !shape.test(text)) return undefined;
  const digest = Buffer.from(text, encoding);
  // The last base64 character has spare bits: only one of its spellings is the sender's.
  return digest.length === bytes && digest.toString(encoding) === text ? digest : undefined;
}

/** Whether two digests are equal, in constant time. Unequal lengths are unequal digests, not an exception. */
export function equalDigests(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * The index of the first secret whose digest is among the candidates, else -1. Every secret is tried against every
 * candidate, so the time taken does not tell which matched. A blank secret never matches: anybody can sign with it.
 */
export function matchingSecret(
  secrets: readonly string[],
  candidates: readonly Buffer[],
  digestOf: (secret: string) => Buffer | undefined,
): number {
  let match = -1;
  for (const [index, secret] of secrets.entries()) {
    const expected = secret.trim() === '' ? undefined : digestOf(secret);
    if (expected === undefined) continue;
    for (const candidate of candidates) {
      const equal = equalDigests(expected, candidate);
      if (equal && match === -1) match = index;
    }
  }
  return match;
}

/** Why a text cannot be a signing secret: it is empty, blank, or was copied with the white space around it. */
export function textSecretProblem(secret: string): string | undefined {
  if (secret.trim() === '') return 'the secret is empty';
  if (secret.trim() !== secret) return 'the secret starts or ends with white space';
  return undefined;
}

/** A text secret made from a seed; see `Scheme.exampleSecret`. */
export function exampleTextSecret(seed: string): string {
  return `example-${sha256(seed).toString('hex').slice(0, 32)}`;
}
