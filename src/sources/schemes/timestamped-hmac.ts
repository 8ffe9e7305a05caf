import {
  DIGEST_BYTES,
  MAX_SIGNATURES,
  decodeDigest,
  exampleTextSecret,
  hmacDigest,
  matchingSecret,
  textSecretProblem,
} from './digests.js';
import type { Scheme } from './scheme.js';
import { makeScheme } from './scheme.js';
import { isUnixSeconds, staleness, unixSeconds } from './timestamp.js';

/** How a sender writes time and signatures into one header, e.g. `t=1700000000,v1=<hex>,v1=<hex>`. */
export interface TimestampedHmacFormat {
  /** Lower-case name. */
  readonly header: string;
  /** Between the parts: `,` for Stripe, `;` for Paddle. */
  readonly separator: string;
  /** The part that holds the time: `t`, `ts`. */
  readonly timestampKey: string;
  /** The parts that hold a signature: `v1`, `h1`. Parts with any other key are ignored, so that no older version counts. */
  readonly signatureKey: string;
  /** Between time and body in the signed text: `.`, `:`. */
  readonly joiner: string;
}

/**
 * HMAC-SHA256 (hex) over `<timestamp><joiner><raw body>`, with the time in Unix seconds. Any signature may match any
 * secret: during a rotation the sender signs with both. At most `MAX_SIGNATURES` are looked at, malformed ones included.
 */
export function timestampedHmac(format: TimestampedHmacFormat): Scheme {
  const { header, separator, timestampKey, signatureKey, joiner } = format;
  return makeScheme({
    name: 'timestamped-hmac-sha256',
    covers: `{${timestampKey}}${joiner}{body}`,
    headers: [header],
    secretHeaders: [],
    needsSecret: true,
    signsBody: true,
    signsTime: true,
    secretProblem: textSecretProblem,
    exampleSecret: exampleTextSecret,
    check(request, context) {
      const value = request.headers[header];
      if (!value) return { outcome: 'missing', detail: `no ${header} header` };
      const parts = value.split(separator);
      const [timestamp, ...otherTimestamps] = valuesOf(parts, timestampKey);
      // Two times would leave open which one is judged.
      if (timestamp === undefined || otherTimestamps.length > 0 || !isUnixSeconds(timestamp)) {
        return { outcome: 'malformed', detail: `${header} needs one ${timestampKey}= in Unix seconds` };
      }
      const candidates = valuesOf(parts, signatureKey)
        .slice(0, MAX_SIGNATURES)
        .map((text) => decodeDigest(text, 'hex', DIGEST_BYTES.sha256))
        .filter((digest) => digest !== undefined);
      if (candidates.length === 0) {
        return { outcome: 'malformed', detail: `${header} holds no well-formed ${signatureKey}= signature` };
      }
      const digestOf = (secret: string) => hmacDigest('sha256', secret, timestamp + joiner, request.body);
      const secretIndex = matchingSecret(context.secrets, candidates, digestOf);
      if (secretIndex < 0) return { outcome: 'mismatch', detail: `no signature in ${header} matches a secret` };
      return staleness(timestamp, context) ?? { outcome: 'ok', secretIndex };
    },
    sign(body, { secret, now }) {
      const timestamp = String(unixSeconds(now));
      const signature = hmacDigest('sha256', secret, timestamp + joiner, body).toString('hex');
      return { [header]: `${timestampKey}=${timestamp}${separator}${signatureKey}=${signature}` };
    },
  });
}

function valuesOf(parts: readonly string[], key: string): string[] {
  return parts.filter((part) => part.startsWith(`${key}=`)).map((part) => part.slice(key.length + 1));
}
