import { createHash, randomBytes } from 'node:crypto';

const RANDOM_BYTES = 30;
/** Shown in lists, so that a key can be told from another: `hky_` and 8 of its 40 random characters; 192 bits stay unknown. */
const SHOWN_LENGTH = 12;

/** A new key: the text to hand over once, and what may be shown of it. */
export function makeApiKey(): { readonly key: string; readonly prefix: string } {
  const key = `hky_${randomBytes(RANDOM_BYTES).toString('base64url')}`;
  return { key, prefix: key.slice(0, SHOWN_LENGTH) };
}

/** SHA-256 of a key: what is stored and compared. Of one length whatever was sent, so comparing takes one time. */
export function keyDigest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** The key of an `Authorization: Bearer <key>` header; `undefined` when there is none, or it is no possible key. */
export function bearerKey(authorization: string | undefined): string | undefined {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1];
}
