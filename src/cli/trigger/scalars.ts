import { mediaType } from '../../sources/parse-body.js';

/** One text or number in a body, where it stands. */
export interface Scalar {
  /** The key it stands under; that of the list, in a list. Empty at the top. */
  readonly key: string;
  readonly value: string;
  readonly isNumber: boolean;
  /** The whole body with another value in this place; every other byte stays. A number must stay one. */
  readonly replaced: (value: string) => string;
}

const JSON_SCALAR = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The texts and numbers of a JSON or form body, in order; none of any other. Replacing one leaves the number and order of
 * the others alone. JSON within a field of a form counts by its own texts and numbers.
 */
export function scalarsOf(body: string, contentType: string | undefined): Scalar[] {
  if (mediaType(contentType) !== 'application/x-www-form-urlencoded') return jsonScalars(body);
  const fields = body.split('&');
  return fields.flatMap((field, index) => {
    const [name = '', value = ''] = [...new URLSearchParams(field)][0] ?? [];
    const written = field.slice(0, field.indexOf('=') + 1);
    const withValue = (text: string) => fields.with(index, written + encodeURIComponent(text)).join('&');
    if (value === '') return [];
    const nested = /^[[{]/.test(value) ? jsonScalars(value) : [];
    if (nested.length > 0) {
      return nested.map((scalar) => ({ ...scalar, replaced: (text: string) => withValue(scalar.replaced(text)) }));
    }
    return [{ key: name, value, isNumber: false, replaced: withValue }];
  });
}

function jsonScalars(body: string): Scalar[] {
  if (!isJson(body)) return [];
  const found: Scalar[] = [];
  let key = '';
  for (const { 0: token, index } of body.matchAll(JSON_SCALAR)) {
    const end = index + token.length;
    const isText = token.startsWith('"');
    if (isText && /^\s*:/.test(body.slice(end, end + 100))) {
      key = JSON.parse(token) as string;
      continue;
    }
    found.push({
      key,
      value: isText ? (JSON.parse(token) as string) : token,
      isNumber: !isText,
      replaced: (value) => body.slice(0, index) + (isText ? JSON.stringify(value) : value) + body.slice(end),
    });
  }
  return found;
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}
