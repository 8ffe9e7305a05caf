import { HttpError } from '../errors.js';

/** Deeper than any request of ours; what is far deeper ends in a stack that overflows. */
const MOST_DEPTH = 64;

/**
 * Refuses a JSON body that could be understood and not be kept: PostgreSQL holds no NUL and no half of a surrogate pair in a text.
 * @throws HttpError `INVALID_REQUEST` that names the place, never the value.
 */
export function requireStorable(body: unknown): void {
  // A list and no recursion: what is nested too deep must not end in the same overflow here.
  const left: { readonly value: unknown; readonly path: string; readonly depth: number }[] = [];
  const look = (value: unknown, path: string, depth: number): void => {
    if (typeof value === 'string' && !isStorable(value)) throw refused(path, 'holds NUL or half a surrogate pair');
    if (typeof value === 'object' && value !== null) left.push({ value, path, depth });
  };
  look(body, '', 0);
  for (let next = left.pop(); next; next = left.pop()) {
    const { value, path, depth } = next;
    if (depth === MOST_DEPTH) throw refused('', `is nested deeper than ${MOST_DEPTH} levels`);
    for (const [key, inner] of Object.entries(value as object)) {
      if (!isStorable(key)) throw refused(path, 'has a key with NUL or half a surrogate pair');
      look(inner, path === '' ? key : `${path}.${key}`, depth + 1);
    }
  }
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function refused(path: string, message: string): HttpError {
  return new HttpError('INVALID_REQUEST', 400, `${path.slice(0, 200) || 'body'}: ${message}`);
}
