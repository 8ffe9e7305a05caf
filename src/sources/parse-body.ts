import { isUtf8 } from 'node:buffer';
import { parseExactJson } from './exact-json.js';
import { jsonDepth } from './json-depth.js';

/** What a body is, for those who pass it on: only `json` may be spliced into another JSON text as it is. */
export type BodyFormat = 'json' | 'form' | 'binary';

/** Deepest nesting that we hand to other people's parsers as JSON. */
const MAX_JSON_DEPTH = 64;

/** Deepest nesting that we read ourselves to name an event; beyond it a body counts as not parseable. */
const MAX_PARSED_DEPTH = 1000;

const FORM = 'application/x-www-form-urlencoded';
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export interface ParsedBody {
  /** See `VerifiedRequest.payload`. */
  readonly payload: unknown;
  readonly format: BodyFormat;
}

/** The media type of a content-type header: lower case, without parameters; empty when there is none. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/**
 * Reads a body for identification; never throws. Forms go by their content type, JSON by what the bytes are, because many
 * senders mislabel it. A body can have a payload and still be `binary`: with a byte order mark, or nested deeper than 64.
 * `formField` names the field of a form whose JSON is the payload.
 */
export function parseBody(contentType: string | undefined, body: Buffer, formField?: string): ParsedBody {
  if (!isUtf8(body)) return { payload: undefined, format: 'binary' };
  if (mediaType(contentType) === FORM)
    return { payload: formPayload(parseForm(body.toString()), formField), format: 'form' };
  const marked = body.subarray(0, 3).equals(BYTE_ORDER_MARK);
  const text = marked ? body.subarray(3) : body;
  const { payload, depth } = parseJson(text);
  const strict = payload !== undefined && !marked && depth <= MAX_JSON_DEPTH;
  return { payload, format: strict ? 'json' : 'binary' };
}

/**
 * What goes to destinations as JSON of a form: the JSON in the field `formField`, letter for letter, where the form has it
 * once and it is strict; else the form as an object.
 */
export function formAsJson(body: Buffer, formField: string | undefined): string {
  const form = isUtf8(body) ? parseForm(body.toString()) : {};
  const text = formField !== undefined && Object.hasOwn(form, formField) ? form[formField] : undefined;
  if (typeof text !== 'string') return JSON.stringify(form);
  const { payload, depth } = parseJson(Buffer.from(text));
  return payload !== undefined && depth <= MAX_JSON_DEPTH ? text : JSON.stringify(form);
}

function parseJson(text: Buffer): { readonly payload: unknown; readonly depth: number } {
  const depth = jsonDepth(text, MAX_PARSED_DEPTH);
  try {
    return { payload: depth > MAX_PARSED_DEPTH ? undefined : parseExactJson(text.toString()), depth };
  } catch {
    return { payload: undefined, depth };
  }
}

/** A form without that field, or with several of it, is not one of these: it stays a form. */
function formPayload(form: Record<string, string | string[]>, formField: string | undefined): unknown {
  const text = formField !== undefined && Object.hasOwn(form, formField) ? form[formField] : undefined;
  return typeof text === 'string' ? parseJson(Buffer.from(text)).payload : form;
}

/** A field is a text, or an array of texts when it is repeated. `fromEntries` defines own properties, even `__proto__`. */
function parseForm(text: string): Record<string, string | string[]> {
  const fields = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const before = fields.get(name);
    if (before === undefined) fields.set(name, value);
    else if (typeof before === 'string') fields.set(name, [before, value]);
    else before.push(value);
  }
  return Object.fromEntries(fields);
}
