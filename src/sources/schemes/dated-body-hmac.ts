import { field, textOf } from '../field.js';
import { parseBody } from '../parse-body.js';
import type { HmacFormat } from './hmac.js';
import { hmac } from './hmac.js';
import { withFields } from './json-fields.js';
import type { Scheme } from './scheme.js';
import { makeScheme } from './scheme.js';
import type { TimestampFormat } from './timestamp.js';
import { secondsOf, staleness, writeTime } from './timestamp.js';

/** An HMAC of the raw body, in which one field of the JSON is the time of signing. */
export interface DatedBodyHmacFormat extends HmacFormat {
  /** The field at the top of the JSON body, and how it is written. */
  readonly time: { readonly field: string; readonly format: TimestampFormat };
}

/** `hmac`, and the time that the signed body holds: so that an old request can be refused as `stale`. */
export function datedBodyHmac({ time, ...format }: DatedBodyHmacFormat): Scheme {
  const inner = hmac(format);
  return makeScheme({
    ...inner,
    name: `dated-${inner.name}`,
    covers: `{body}, whose field ${time.field} is the time`,
    signsTime: true,
    check(request, context) {
      const verdict = inner.check(request, context);
      // Only now, so that what a stranger sends is never parsed.
      if (verdict.outcome !== 'ok') return verdict;
      const text = textOf(field(parseBody(undefined, request.body).payload, time.field));
      const seconds = text === undefined ? undefined : secondsOf(text, time.format);
      if (seconds === undefined) return { outcome: 'malformed', detail: `the body holds no ${time.field}` };
      return staleness(seconds, context) ?? verdict;
    },
    signBody(body, { now }) {
      const written = writeTime(now, time.format);
      return withFields(body, [[[time.field], time.format === 'iso8601' ? written : Number(written)]]);
    },
  });
}
