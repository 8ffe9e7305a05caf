import type { DigestEncoding, HmacAlgorithm } from './digests.js';
import { DIGEST_BYTES, decodeDigest, hmacDigest, matchingSecret, sha256 } from './digests.js';
import type { Scheme, Verdict } from './scheme.js';
import { makeScheme } from './scheme.js';
import type { SecretEncoding } from './secret-key.js';
import { exampleKey, keyOf, keyProblem } from './secret-key.js';
import { canTellApart, noPublicUrl } from './signed-url.js';
import { textTemplate } from './text-template.js';
import type { TimestampFormat } from './timestamp.js';
import { secondsOf, staleness, writeTime } from './timestamp.js';

/** How a sender makes one text of several things and signs that. Header names are lower case. */
export interface SignedTextFormat {
  /** What is signed, of `{body}`, `{timestamp}`, `{id}`, `{url}` and `{method}`: `v0:{timestamp}:{body}`. */
  readonly text: string;
  /** Where the signature stands. */
  readonly header: string;
  readonly algorithm: HmacAlgorithm;
  readonly encoding: DigestEncoding;
  /** What stands before the signature, e.g. `v0=`. */
  readonly prefix?: string;
  /** Where `{timestamp}` stands; it is signed as it is written there. */
  readonly timestamp?: { readonly header: string; readonly format: TimestampFormat };
  /** Where `{id}` stands. */
  readonly idHeader?: string;
  /** What the secret's text is. Default `text`: the key itself. */
  readonly key?: SecretEncoding;
  /** How the sender writes the URL that it signs, where that is not the URL as it is. */
  readonly spellUrl?: (url: string) => string;
  /** Secrets that everybody knows, from the sender's documentation: they are refused. */
  readonly publicSecrets?: readonly string[];
}

const ID = /^[\x21-\x7e]{1,256}$/;

/**
 * An HMAC over a text made of body, time, id, URL or method, in one header. Signs the time where the text holds
 * `{timestamp}`. Throws a `TypeError` on a format in which a placeholder has no header, or a header no placeholder.
 */
export function signedText(format: SignedTextFormat): Scheme {
  const { header, algorithm, encoding, prefix = '', timestamp, idHeader, key = 'text', publicSecrets = [] } = format;
  const { spellUrl = (url: string) => url } = format;
  const template = textTemplate(format.text);
  const uses = (name: 'timestamp' | 'id' | 'url') => template.uses.has(name);
  // A time or id in a header that is not signed would look protected and be anybody's.
  if (uses('timestamp') !== (timestamp !== undefined))
    throw new TypeError('{timestamp} and its header belong together');
  if (uses('id') !== (idHeader !== undefined)) throw new TypeError('{id} and its header belong together');
  const headers = [header, timestamp?.header, idHeader].filter((name) => name !== undefined);
  return makeScheme({
    name: `signed-text-${algorithm}`,
    covers: format.text,
    headers,
    secretHeaders: [],
    needsSecret: true,
    signsBody: true,
    signsTime: timestamp !== undefined,
    signsUrl: uses('url'),
    secretProblem: (secret) =>
      publicSecrets.includes(secret)
        ? 'this secret stands in the documentation of the sender: anybody can sign with it'
        : keyProblem(secret, key),
    exampleSecret: (seed) => exampleKey(seed, key),
    check(request, context) {
      const [signature, time, id] = [header, timestamp?.header, idHeader].map((name) => name && request.headers[name]);
      if (!signature || (timestamp && !time) || (idHeader && !id))
        return { outcome: 'missing', detail: `needs ${headers.join(', ')}` };
      const seconds = timestamp && secondsOf(time ?? '', timestamp.format);
      if (timestamp && seconds === undefined)
        return malformed(`${timestamp.header} is not a time in ${timestamp.format}`);
      if (id && (!ID.test(id) || (template.endOfId !== '' && id.includes(template.endOfId))))
        return malformed(`${idHeader} is not visible ASCII without "${template.endOfId}"`);
      if (uses('url') && request.url === undefined) return noPublicUrl;
      if (template.urlMeetsBody && !canTellApart(request.url ?? '', request.body))
        return malformed('the signature does not say where the URL ends and the body starts');
      const digest = signature.startsWith(prefix)
        ? decodeDigest(signature.slice(prefix.length), encoding, DIGEST_BYTES[algorithm])
        : undefined;
      if (!digest) return malformed(`${header} is not ${prefix}<${encoding} of ${algorithm}>`);
      const { method, body, url } = request;
      const parts = template.fill({ timestamp: time, id, method, body, url: url === undefined ? url : spellUrl(url) });
      const secretIndex = matchingSecret(context.secrets, [digest], (secret) => {
        const bytes = publicSecrets.includes(secret) ? undefined : keyOf(secret, key);
        return bytes === undefined ? undefined : hmacDigest(algorithm, bytes, ...parts);
      });
      if (secretIndex < 0) return { outcome: 'mismatch', detail: `${header} matches no secret` };
      return (seconds === undefined ? undefined : staleness(seconds, context)) ?? { outcome: 'ok', secretIndex };
    },
    sign(body, { secret, now, id: given, url, method = 'POST', headers: sent = {} }) {
      const bytes = keyOf(secret, key);
      if (bytes === undefined) throw new TypeError(keyProblem(secret, key));
      const id = idHeader && (given ?? sent[idHeader] ?? `msg_${sha256(body).toString('hex').slice(0, 24)}`);
      const time = timestamp && writeTime(now, timestamp.format);
      const values = { timestamp: time, id, method, body, url: url === undefined ? url : spellUrl(url) };
      return {
        [header]: prefix + hmacDigest(algorithm, bytes, ...template.fill(values)).toString(encoding),
        ...(timestamp && { [timestamp.header]: time ?? '' }),
        ...(idHeader && { [idHeader]: id ?? '' }),
      };
    },
  });
}

function malformed(detail: string): Verdict {
  return { outcome: 'malformed', detail };
}
