import type { DigestEncoding, HmacAlgorithm } from './digests.js';
import {
  DIGEST_BYTES,
  decodeDigest,
  exampleTextSecret,
  hmacDigest,
  matchingSecret,
  textSecretProblem,
} from './digests.js';
import type { Scheme } from './scheme.js';
import { makeScheme } from './scheme.js';

/** How a sender writes an HMAC over the raw body. */
export interface HmacFormat {
  /** The header's lower-case name, or several of which the first present one counts. */
  readonly header: string | readonly [string, ...string[]];
  readonly algorithm: HmacAlgorithm;
  readonly encoding: DigestEncoding;
  /** What stands before the digest, e.g. `sha256=`. */
  readonly prefix?: string;
}

/**
 * An HMAC of the raw body in one header. It signs no time, so a captured request can be sent again; deduplication by
 * external id is what stops that. The key is the secret as text.
 */
export function hmac({ header, algorithm, encoding, prefix = '' }: HmacFormat): Scheme {
  const names: readonly string[] = typeof header === 'string' ? [header] : header;
  return makeScheme({
    name: `hmac-${algorithm}`,
    covers: '{body}',
    headers: names,
    secretHeaders: [],
    needsSecret: true,
    signsBody: true,
    signsTime: false,
    secretProblem: textSecretProblem,
    exampleSecret: exampleTextSecret,
    check(request, { secrets }) {
      const name = names.find((candidate) => request.headers[candidate]);
      const value = name === undefined ? undefined : request.headers[name];
      if (!value) return { outcome: 'missing', detail: `no ${names.join(' or ')} header` };
      const digest = value.startsWith(prefix)
        ? decodeDigest(value.slice(prefix.length), encoding, DIGEST_BYTES[algorithm])
        : undefined;
      if (!digest) return { outcome: 'malformed', detail: `${name} is not ${prefix}<${encoding} of ${algorithm}>` };
      const secretIndex = matchingSecret(secrets, [digest], (secret) => hmacDigest(algorithm, secret, request.body));
      return secretIndex < 0
        ? { outcome: 'mismatch', detail: `${name} matches no secret` }
        : { outcome: 'ok', secretIndex };
    },
    sign(body, { secret, headers = {} }) {
      const name = names.find((candidate) => headers[candidate] !== undefined) ?? names[0] ?? '';
      return { [name]: prefix + hmacDigest(algorithm, secret, body).toString(encoding) };
    },
  });
}
