import type { z } from 'zod';

export type Path = readonly PropertyKey[];

/** One thing that is wrong: where (keys and indexes from the top), and what to write instead. Holds no value. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
}

/** What is wrong with a value by a schema of this folder; one entry per unknown key. Empty when nothing is. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => ({
      path: [...issue.path, key],
      message: messages[index] ?? 'is not a key here',
    }));
  });
}

/**
 * Zod's own messages in the words of a configuration file, for `safeParse(value, { error: plainWords })`. It describes
 * what kind of thing was found, never the thing.
 */
export function plainWords(issue: {
  readonly code: string;
  readonly input?: unknown;
  readonly expected?: unknown;
}): string {
  if (issue.input === undefined) return 'is missing';
  if (issue.code !== 'invalid_type') return 'is not valid';
  const expected = typeof issue.expected === 'string' ? (kinds[issue.expected] ?? issue.expected) : 'something else';
  const hint = issue.expected === 'string' && typeof issue.input !== 'object' ? '; put it in quotes' : '';
  return `must be ${expected}, not ${kindOf(issue.input)}${hint}`;
}

/** Tells any two paths apart, for sets. */
export function pathKey(path: Path): string {
  return JSON.stringify(path);
}

/** `destinations[0].headers.x-team`. A key that could be anything but a word (a secret out of place) is left out. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const key = /^[A-Za-z_][A-Za-z_-]{0,39}$/.test(String(part)) ? String(part) : '(key)';
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'a list',
  object: 'a block of keys',
  record: 'a block of keys',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  const kind = typeof value;
  return kind === 'object' ? 'a block of keys' : (kinds[kind] ?? kind);
}
