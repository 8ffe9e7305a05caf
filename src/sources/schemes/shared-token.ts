import { matchingSecret, sha256 } from './digests.js';
import type { Scheme } from './scheme.js';
import { makeScheme } from './scheme.js';

/** How a sender repeats a secret that both sides know. */
export interface SharedTokenFormat {
  /** Lower-case name. */
  readonly header: string;
  /** What stands before the token, e.g. `Bearer `. */
  readonly prefix?: string;
  /** What the sender accepts as a token, when it is less than visible ASCII, and the same in words for the message. */
  readonly allowed?: { readonly pattern: RegExp; readonly words: string };
}

/** A header carries text without loss only when it is visible ASCII. */
const VISIBLE_ASCII = { pattern: /^[\x21-\x7e]{1,1024}$/, words: '1 to 1024 visible ASCII characters without spaces' };

/**
 * A bearer token in a header. It proves that the sender knows the token and nothing else: neither body nor time is
 * protected, only TLS is. The SHA-256 digests are compared, which are of one length whatever was sent.
 */
export function sharedToken({ header, prefix = '', allowed = VISIBLE_ASCII }: SharedTokenFormat): Scheme {
  return makeScheme({
    name: 'shared-token',
    covers: 'nothing: the secret itself is sent',
    headers: [header],
    secretHeaders: [header],
    needsSecret: true,
    signsBody: false,
    signsTime: false,
    secretProblem(secret) {
      if (secret.trim() === '') return 'the secret is empty';
      const usable = VISIBLE_ASCII.pattern.test(secret) && allowed.pattern.test(secret);
      return usable ? undefined : `the secret must be ${allowed.words}`;
    },
    exampleSecret: (seed) => sha256(seed).toString('hex'),
    check(request, { secrets }) {
      const value = request.headers[header];
      if (!value) return { outcome: 'missing', detail: `no ${header} header` };
      if (!value.startsWith(prefix))
        return { outcome: 'malformed', detail: `${header} does not start with ${prefix.trim()}` };
      const secretIndex = matchingSecret(secrets, [sha256(value.slice(prefix.length))], sha256);
      return secretIndex < 0
        ? { outcome: 'mismatch', detail: `${header} matches no secret` }
        : { outcome: 'ok', secretIndex };
    },
    sign: (_body, { secret }) => ({ [header]: prefix + secret }),
  });
}
