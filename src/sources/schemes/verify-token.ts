/** A token of ours that a sender repeats in a handshake which nothing signs. Only its hash is kept. */
import { z } from 'zod';
import { equalDigests, sha256 } from './digests.js';

const HASHED = /^sha256:[0-9a-f]{64}$/;

/** An option of a source that holds such a token. What comes out, and is stored, is its hash; that is taken as it is too. */
export const verifyTokenOption = z
  .string()
  .regex(/^[\x21-\x7e]{8,256}$/, 'must be 8 to 256 visible ASCII characters without spaces')
  .transform((token) => (HASHED.test(token) ? token : `sha256:${sha256(token).toString('hex')}`));

/** Whether a text is the token of that hash, in constant time. */
export function isVerifyToken(given: string | undefined, hashed: string): boolean {
  return (
    given !== undefined && equalDigests(Buffer.from(`sha256:${sha256(given).toString('hex')}`), Buffer.from(hashed))
  );
}
