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

/** The verdict when the URL is not known: nothing can be verified, and nothing may pass. */
export const noPublicUrl: Verdict = Object.freeze({
  outcome: 'malformed',
  detail: 'this sender signs the URL that it calls: HOOKYARD_PUBLIC_URL (or the option url of the source) must be set',
});
