import { field, textOf } from '../field.js';
import { parseBody } from '../parse-body.js';
import type { DigestEncoding } from './digests.js';
import { DIGEST_BYTES, decodeDigest, hmacDigest, matchingSecret } from './digests.js';
import type { JsonPath } from './json-fields.js';
import { withFields } from './json-fields.js';
import type { Scheme, Verdict } from './scheme.js';
import { makeScheme } from './scheme.js';
import type { SecretEncoding } from './secret-key.js';
import { exampleKey, keyOf, keyProblem } from './secret-key.js';
import { secondsOf, staleness, writeTime } from './timestamp.js';

/** How a sender signs some fields of a JSON body and puts the signature into the body. */
export interface BodyFieldsHmacFormat {
  /** The list whose items are each signed; each must be genuine. Default: the body is the one item. */
  readonly items?: string;
  /** Within an item: the fields that are signed, in order; a missing one counts as empty. */
  readonly fields: readonly JsonPath[];
  /** Between the fields in the signed text. */
  readonly joiner: string;
  /** Within an item: where the signature stands. */
  readonly signature: JsonPath;
  readonly encoding: DigestEncoding;
  readonly key: SecretEncoding;
  /** Which of the fields is the time of signing, in Unix seconds. Not with `items`. */
  readonly time?: JsonPath;
}

/** More than any sender puts into one request, and little enough to check. */
const MAX_ITEMS = 1000;

/**
 * HMAC-SHA256 over some fields of a JSON body. All other fields are unprotected, and so is how the signed ones are divided
 * where they may hold the joiner. The one scheme that parses what it has not verified yet.
 */
export function bodyFieldsHmac(format: BodyFieldsHmacFormat): Scheme {
  const { items, fields, joiner, signature, encoding, key, time } = format;
  const textOfItem = (item: unknown) => fields.map((path) => fieldText(field(item, ...path))).join(joiner);
  const checkItem = (item: unknown, secrets: readonly string[]): Verdict => {
    const value = field(item, ...signature);
    if (typeof value !== 'string' || value === '')
      return { outcome: 'missing', detail: `no ${signature.join('.')} in the body` };
    // Anything else would count as empty, so that nothing or anything could stand there.
    if (!fields.every((path) => hasText(field(item, ...path))))
      return { outcome: 'malformed', detail: 'a signed field is not a text, whole number or boolean' };
    const digest = decodeDigest(value, encoding, DIGEST_BYTES.sha256);
    if (!digest) return { outcome: 'malformed', detail: `${signature.join('.')} is not ${encoding} of sha256` };
    const secretIndex = matchingSecret(secrets, [digest], (secret) => {
      const bytes = keyOf(secret, key);
      return bytes === undefined ? undefined : hmacDigest('sha256', bytes, textOfItem(item));
    });
    return secretIndex < 0
      ? { outcome: 'mismatch', detail: `${signature.join('.')} matches no secret` }
      : { outcome: 'ok', secretIndex };
  };
  return makeScheme({
    name: 'body-fields-hmac-sha256',
    covers: `of the body only ${fields.map((path) => path.join('.')).join(joiner || ' ')}; the signature is ${signature.join('.')}`,
    headers: [],
    secretHeaders: [],
    needsSecret: true,
    signsBody: false,
    signsTime: time !== undefined,
    secretProblem: (secret) => keyProblem(secret, key),
    exampleSecret: (seed) => exampleKey(seed, key),
    check(request, context) {
      const { payload } = parseBody('application/json', request.body);
      const list = itemsOf(payload, items);
      if (list === undefined)
        return { outcome: 'malformed', detail: `the body holds no list of 1 to ${MAX_ITEMS} ${items ?? ''}` };
      let verdict: Verdict = { outcome: 'ok', secretIndex: -1 };
      // One forged item makes the request a forgery; the first ends the work.
      for (const item of list) {
        verdict = checkItem(item, context.secrets);
        if (verdict.outcome !== 'ok') return verdict;
      }
      const seconds = time && secondsOf(fieldText(field(payload, ...time)), 'seconds');
      if (time && seconds === undefined)
        return { outcome: 'malformed', detail: `${time.join('.')} is not Unix seconds` };
      return (seconds === undefined ? undefined : staleness(seconds, context)) ?? verdict;
    },
    sign: () => ({}),
    signBody(body, { secret, now }) {
      const bytes = keyOf(secret, key);
      if (bytes === undefined) throw new TypeError(keyProblem(secret, key));
      const dated = time ? withFields(body, [[time, writeTime(now, 'seconds')]]) : body;
      const list = itemsOf(parseBody('application/json', dated).payload, items) ?? [];
      const at = (index: number) => (items === undefined ? signature : [items, index, ...signature]);
      return withFields(
        dated,
        list.map(
          (item, index) => [at(index), hmacDigest('sha256', bytes, textOfItem(item)).toString(encoding)] as const,
        ),
      );
    },
  });
}

function itemsOf(payload: unknown, items: string | undefined): readonly unknown[] | undefined {
  if (items === undefined) return [payload];
  const list = field(payload, items);
  return Array.isArray(list) && list.length > 0 && list.length <= MAX_ITEMS ? (list as unknown[]) : undefined;
}

/** Whether `fieldText` tells a value from others: all that is left out by it is what is missing. */
function hasText(value: unknown): boolean {
  return value === undefined || value === null || value === '' || fieldText(value) !== '';
}

function fieldText(value: unknown): string {
  return typeof value === 'boolean' ? String(value) : (textOf(value) ?? '');
}
