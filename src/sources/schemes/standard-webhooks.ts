/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (symmetric signatures, `v1`) */
import { createSecretKey } from 'node:crypto';
import { DIGEST_BYTES, MAX_SIGNATURES, decodeDigest, hmacDigest, matchingSecret, sha256 } from './digests.js';
import { keptKeys } from './kept-keys.js';
import type { Scheme, Verdict } from './scheme.js';
import { makeScheme } from './scheme.js';
import { isUnixSeconds, staleness, unixSeconds } from './timestamp.js';

/** One outgoing message to sign. */
export interface StandardWebhook {
  /** Visible ASCII without `.`; the same on every attempt. */
  readonly id: string;
  /** The time of this attempt, whole Unix seconds. */
  readonly timestampSeconds: number;
  /** Any bytes. */
  readonly body: Buffer;
  /** Every active secret, at least one. */
  readonly secrets: readonly string[];
}

/** The headers that `signStandardWebhook` gives. */
export type StandardWebhookHeaders = Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>;

/** No `.`: `<id>.<timestamp>.<body>` could be cut elsewhere, and one signature would stand for two messages. */
const ID = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;

/**
 * Why a text is not a Standard Webhooks secret, or `undefined` when it is one: base64 of 24 to 64 bytes, usually after
 * `whsec_`. Not the same as Stripe's `whsec_`, where the whole text is the key. The message never holds the secret.
 */
export function standardWebhookSecretProblem(secret: string): string | undefined {
  if (secret.trim() === '') return 'the secret is empty';
  return keyOf(secret) ? undefined : 'the secret must be whsec_ followed by the base64 of 24 to 64 bytes';
}

/**
 * Signs one message: `webhook-signature` holds one `v1,…` per secret, separated by spaces, so that a receiver may change
 * its secret at its own time. Throws a `TypeError` on an id, time or secret that the specification does not allow.
 */
export function signStandardWebhook({ id, timestampSeconds, body, secrets }: StandardWebhook): StandardWebhookHeaders {
  const timestamp = String(timestampSeconds);
  if (!ID.test(id)) throw new TypeError('a webhook-id is 1 to 256 visible ASCII characters other than "."');
  if (!isUnixSeconds(timestamp)) throw new TypeError('a webhook-timestamp is a whole number of seconds');
  if (secrets.length === 0) throw new TypeError('signing needs at least one secret');
  const signatures = secrets.map((secret) => {
    const key = keyOf(secret);
    if (!key) throw new TypeError(standardWebhookSecretProblem(secret));
    return `v1,${hmacDigest('sha256', key, `${id}.${timestamp}.`, body).toString('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/**
 * Which family of header names a request is judged, and named, by: the first that is complete. A mixture of two would be a
 * message that nobody sent. Where none is complete, the first with a signature.
 */
export function standardWebhookFamily(
  headers: Readonly<Record<string, string | undefined>>,
  prefixes: readonly [string, ...string[]],
): string {
  const isComplete = (prefix: string) => ['id', 'timestamp', 'signature'].every((name) => headers[prefix + name]);
  return (
    prefixes.find(isComplete) ?? prefixes.find((prefix) => headers[`${prefix}signature`] !== undefined) ?? prefixes[0]
  );
}

/**
 * Standard Webhooks: HMAC-SHA256 over `<id>.<timestamp>.<raw body>`. `prefixes` are the header families in order, see
 * `standardWebhookFamily`; Svix senders use `svix-`. Versions other than `v1` are ignored, and at
 * most `MAX_SIGNATURES` entries are looked at.
 */
export function standardWebhooks({
  prefixes = ['webhook-'],
}: { readonly prefixes?: readonly [string, ...string[]] } = {}): Scheme {
  const familyIn = (headers: Readonly<Record<string, string | undefined>>) => standardWebhookFamily(headers, prefixes);
  return makeScheme({
    name: 'standard-webhooks',
    covers: '{id}.{timestamp}.{body}',
    headers: prefixes.flatMap((prefix) => [`${prefix}id`, `${prefix}timestamp`, `${prefix}signature`]),
    secretHeaders: [],
    needsSecret: true,
    signsBody: true,
    signsTime: true,
    secretProblem: standardWebhookSecretProblem,
    exampleSecret: (seed) => `whsec_${sha256(seed).toString('base64')}`,
    check(request, context) {
      const prefix = familyIn(request.headers);
      const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) => request.headers[prefix + name]);
      if (!id || !timestamp || !signature)
        return { outcome: 'missing', detail: `needs ${prefix}id, -timestamp and -signature` };
      if (!ID.test(id)) return malformed(`${prefix}id is not visible ASCII without "."`);
      if (!isUnixSeconds(timestamp)) return malformed(`${prefix}timestamp is not Unix seconds`);
      const candidates = signature
        .split(' ', MAX_SIGNATURES)
        .map((entry) =>
          entry.startsWith('v1,') ? decodeDigest(entry.slice(3), 'base64', DIGEST_BYTES.sha256) : undefined,
        )
        .filter((digest) => digest !== undefined);
      if (candidates.length === 0) return malformed(`${prefix}signature holds no well-formed v1 signature`);
      const secretIndex = matchingSecret(context.secrets, candidates, (secret) => {
        const key = keyOf(secret);
        return key && hmacDigest('sha256', key, `${id}.${timestamp}.`, request.body);
      });
      if (secretIndex < 0)
        return { outcome: 'mismatch', detail: `no signature in ${prefix}signature matches a secret` };
      return staleness(timestamp, context) ?? { outcome: 'ok', secretIndex };
    },
    sign(body, { secret, now, id, headers = {} }) {
      const prefix = familyIn(headers);
      const message = id ?? headers[`${prefix}id`] ?? `msg_${sha256(body).toString('hex').slice(0, 24)}`;
      const signed = signStandardWebhook({ id: message, timestampSeconds: unixSeconds(now), body, secrets: [secret] });
      return {
        [`${prefix}id`]: signed['webhook-id'],
        [`${prefix}timestamp`]: signed['webhook-timestamp'],
        [`${prefix}signature`]: signed['webhook-signature'],
      };
    },
  });
}

function malformed(detail: string): Verdict {
  return { outcome: 'malformed', detail };
}

const keyOf = keptKeys((secret) => {
  const text = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret;
  const bytes = Buffer.byteLength(text, 'base64');
  const key = bytes >= 24 && bytes <= 64 ? decodeDigest(text, 'base64', bytes) : undefined;
  return key && createSecretKey(key);
});
