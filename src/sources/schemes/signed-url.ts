/** Some senders sign the URL that they call. Only the configuration can say what that URL is. */
import { z } from 'zod';
import type { Verdict } from './scheme.js';

/** The options of a source type whose sender signs the URL: `url`, for one that is not `HOOKYARD_PUBLIC_URL/webhooks/<slug>`. */
export const signedUrlOptions = z.strictObject({
  url: z
    .string()
    .regex(
      /^https?:\/\/[^\s?#]+$/,
      'must be the URL that the sender calls, starting with https:// and without "?" and "#"',
    )
    .optional(),
});

/** RFC 3986, without the square brackets of IPv6 hosts. */
const URL_TEXT = /^[A-Za-z0-9._~:/?@!$&'()*+,;=%-]+$/;

/**
 * Whether it is certain where a signed URL ends and the body starts. A stranger chooses the query, so with one genuine
 * request the start of a body could be moved into the URL, or the end of the URL into a body, under the same signature.
 */
export function canTellApart(url: string, body: Buffer): boolean {
  return URL_TEXT.test(url) && (body.length === 0 || !URL_TEXT.test(body.toString('latin1', 0, 1)));
}

/** The verdict when the URL is not known: nothing can be verified, and nothing may pass. */
export const noPublicUrl: Verdict = Object.freeze({
  outcome: 'malformed',
  detail: 'this sender signs the URL that it calls: HOOKYARD_PUBLIC_URL (or the option url of the source) must be set',
});
