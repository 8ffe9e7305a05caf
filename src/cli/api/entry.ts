import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { interpolate } from '../../config/interpolate.js';
import { parseYaml } from '../../config/parse-yaml.js';
import { pathText } from '../../config/problems-of.js';
import { readSecretFile } from '../../config/read-secret-file.js';
import { CommandFailure, EXIT } from '../command-failure.js';
import type { ApiFlags } from './requests.js';

/** An entry of hookyard.yaml, or some of its keys: `undefined` is not sent, `null` takes a key away. */
export type Entry = Readonly<Record<string, unknown>>;

/** What every command takes that writes an entry. */
export interface EntryFlags extends ApiFlags {
  /** The rest of the entry, in a file; "-" is stdin. */
  readonly file?: string;
  /** Keys that are taken away. */
  readonly unset?: readonly string[];
}

/** As much as the API takes. */
const MOST_BYTES = 1024 * 1024;

/**
 * The entry of a file with what the flags say on top, and `${VAR}` and `${file:…}` replaced as in hookyard.yaml, so that secrets need not
 * stand on a command line. @throws CommandFailure when nothing is said, or the file or a reference is no use.
 */
export function entryOf(flags: EntryFlags, said: Entry, cwd: string = process.cwd()): Record<string, unknown> {
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  const unset = (flags.unset ?? []).map((key) => [key, null] as const);
  const written = flags.file === undefined ? {} : readEntry(flags.file, cwd);
  const entry = { ...written, ...Object.fromEntries(unset), ...Object.fromEntries(given) };
  if (Object.keys(entry).length === 0)
    throw new CommandFailure(EXIT.usage, 'There is nothing to write.', 'Say it with flags (--help), or with --file.');
  const { value, problems } = interpolate(entry, {
    variable: (name) => process.env[name],
    file: (path) => readSecretFile(resolve(cwd, path)),
  });
  if (problems.length > 0) {
    const lines = problems.map(({ path, message }) => `${pathText(path)}: ${message}`);
    throw new CommandFailure(EXIT.usage, lines.join('\n'));
  }
  return value as Record<string, unknown>;
}

function readEntry(file: string, cwd: string): Record<string, unknown> {
  const label = file === '-' ? 'stdin' : file;
  const parsed = parseYaml(readText(file, cwd, label));
  if (!('value' in parsed)) {
    const lines = parsed.map(
      ({ line, message }) => `${label}: ${message}${line === undefined ? '' : ` (line ${line})`}`,
    );
    throw new CommandFailure(EXIT.usage, lines.join('\n'));
  }
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CommandFailure(EXIT.usage, `${label} must hold one entry: keys and values, as JSON or YAML.`);
  if ('version' in value)
    throw new CommandFailure(
      EXIT.usage,
      `${label} is a whole configuration.`,
      'Apply it: hookyard config apply <file>',
    );
  return value as Record<string, unknown>;
}

function readText(file: string, cwd: string, label: string): string {
  try {
    // 0: stdin, to its end.
    const from = file === '-' ? 0 : resolve(cwd, file);
    if (typeof from === 'string' && statSync(from).size > MOST_BYTES) throw new Error('it is larger than 1 MiB');
    return readFileSync(from, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(EXIT.usage, `${label} cannot be read: ${code ?? message}.`);
  }
}

/** A value that is written as JSON. @throws CommandFailure that names the flag. */
export function jsonOf(flag: string, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CommandFailure(EXIT.usage, `${flag} must be JSON, like '{"data.livemode":true}'.`);
  }
}

/** `Name: value`, or `name=value`, as an object. @throws CommandFailure that names the flag, never the value. */
export function pairsOf(flag: string, separator: ':' | '=', texts: readonly string[] | undefined): unknown {
  if (texts === undefined) return undefined;
  const pairs = texts.map((text) => {
    const at = text.indexOf(separator);
    if (at < 1)
      throw new CommandFailure(EXIT.usage, `${flag}: write name${separator === ':' ? ': ' : separator}value.`);
    return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  });
  return Object.fromEntries(pairs) as unknown;
}
