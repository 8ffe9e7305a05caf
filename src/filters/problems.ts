/** One thing that is wrong with a filter: where, in the filter's own words, and what to write instead. Holds no value. */
export interface FilterProblem {
  readonly path: string;
  readonly message: string;
}

const MAX_DEPTH = 12;
/** Values and keys of one filter; a list of ids may be long. */
const MAX_NODES = 2_000;
const MAX_TEXT = 1_024;
const SHOWABLE = /^[\w$.\\-]{1,100}$/;

/** A place below another; a key that could be anything but a path is left out. */
export function where(at: string, key: string): string {
  const shown = SHOWABLE.test(key) ? key : '(key)';
  return at === '' ? shown : `${at}.${shown}`;
}

/** Whether a filter is too deep or too large to look at, or holds what the database cannot keep. Without recursion past the limit. */
export function problemsWithSize(input: unknown): FilterProblem[] {
  let nodes = 0;
  const look = (value: unknown, depth: number): string | undefined => {
    nodes += 1;
    if (nodes > MAX_NODES) return `has more than ${MAX_NODES} keys and values`;
    if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH}`;
    if (typeof value === 'string') return textProblem(value);
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return undefined;
    if (!isPlain(value)) return 'holds something that is not JSON';
    for (const [key, item] of Object.entries(value)) {
      const problem = (Array.isArray(value) ? undefined : textProblem(key)) ?? look(item, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
  const message = look(input, 0);
  return message === undefined ? [] : [{ path: '', message }];
}

/** A filter in code could hold a date, a function or a RegExp. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function textProblem(text: string): string | undefined {
  if (text.length > MAX_TEXT) return `has a text of more than ${MAX_TEXT} characters`;
  return text.includes('\0') || !text.isWellFormed() ? 'has a text with a NUL or half a character' : undefined;
}

/** What cannot be compared with: a number that was rounded when it was read, an operator inside a value. */
export function problemsWithValue(value: unknown, at: string): FilterProblem[] {
  if (value === undefined) return [{ path: at, message: 'has no value' }];
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return [{ path: at, message: 'is no number of JSON' }];
    const isRounded = Number.isInteger(value) && !Number.isSafeInteger(value);
    const message = 'is an integer too large for a number; put it in quotes, as the text of its digits';
    return isRounded ? [{ path: at, message }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => problemsWithValue(item, `${at}[${index}]`));
  return Object.entries(value).flatMap(([key, item]) => {
    const here = where(at, key);
    if (!key.startsWith('$')) return problemsWithValue(item, here);
    return [{ path: here, message: 'is an operator inside a value; write the path with dots: "data.a.b": { $gt: 5 }' }];
  });
}
