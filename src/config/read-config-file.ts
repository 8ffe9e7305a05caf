import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Refusal } from './from-text.js';
import { interpolate } from './interpolate.js';
import { parseYaml } from './parse-yaml.js';
import { type Path, type Problem, pathKey, pathText } from './problems-of.js';
import { errorCode, readSecretFile } from './read-secret-file.js';
import type { Env, Report } from './read-variable.js';

/** hookyard.yaml with its references replaced, before any rule about its content. */
export interface ConfigFile {
  /** Absolute path; `undefined` when there is no file. */
  readonly path: string | undefined;
  readonly tree: unknown;
  /** The same before any reference was replaced. */
  readonly written: unknown;
  /** Reports a problem with the file's name, the path in it and the line. Silent where a reference there failed already. */
  readonly report: (problem: Problem) => void;
  /** Whether a value came from outside the file, so that it may be secret and must not be repeated. */
  readonly isFromOutside: (path: Path) => boolean;
  /** Whether a value is one `${VAR}` and nothing else. */
  readonly isOneVariable: (path: Path) => boolean;
  /** Whether a reference in a value failed, so that nothing is known of it. */
  readonly isUnknown: (path: Path) => boolean;
}

const defaultName = 'hookyard.yaml';
const maxBytes = 4 * 1_048_576;

/**
 * Reads the file that `HOOKYARD_CONFIG` names, or `hookyard.yaml` if it is there. `undefined` after a report. `concerns`:
 * the parts whose references matter; a failed one elsewhere is not reported.
 */
export function readConfigFile(
  named: string | undefined,
  env: Env,
  cwd: string,
  report: Report,
  concerns: (path: Path) => boolean = () => true,
): ConfigFile | undefined {
  const path = resolve(cwd, named ?? defaultName);
  const text = readText(path);
  if (text === undefined && named === undefined) return emptyFile(report);
  if (text === undefined || text instanceof Refusal) {
    const where = named === undefined ? `${defaultName}:` : 'HOOKYARD_CONFIG: the file that it names';
    report(`${where} ${text?.reason ?? 'does not exist; a relative path starts at the working directory'}`);
    return undefined;
  }
  const label = basename(path);
  const parsed = parseYaml(text);
  if (!('value' in parsed)) {
    for (const { line, message } of parsed) report(`${label}: ${message}${inLine(line)}`);
    return undefined;
  }
  const result = interpolate(parsed.value, {
    variable: (name) => variableValue(env, name, cwd),
    file: (relative) => readSecretFile(resolve(dirname(path), relative)),
  });
  const reportAt = ({ path: at, message }: Problem): void =>
    report(`${label}: ${at.length === 0 ? '' : `${pathText(at)}: `}${message}${inLine(parsed.lineOf(at))}`);
  result.problems.filter(({ path: at }) => concerns(at)).forEach(reportAt);
  const isUnknown = (at: Path): boolean => result.failed.has(pathKey(at));
  return {
    path,
    tree: result.value,
    written: parsed.value,
    report: (problem) => {
      if (!isUnknown(problem.path)) reportAt(problem);
    },
    isFromOutside: (at) => result.outside.has(pathKey(at)),
    isOneVariable: (at) => result.oneVariable.has(pathKey(at)),
    isUnknown,
  };
}

function emptyFile(report: Report): ConfigFile {
  return {
    path: undefined,
    tree: { version: 1 },
    written: { version: 1 },
    report: ({ path, message }) => report(`${defaultName}: ${pathText(path)}: ${message}`),
    isFromOutside: () => false,
    isOneVariable: () => false,
    isUnknown: () => false,
  };
}

function readText(path: string): string | Refusal | undefined {
  try {
    if (statSync(path).size > maxBytes) return new Refusal('is larger than 4 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return new Refusal('is not UTF-8 text; save it as UTF-8');
    return code === 'ENOENT' ? undefined : new Refusal(`cannot be read (${code})`);
  }
}

/** A secret that is given as `<NAME>_FILE` is there under its own name too. The variable itself wins. */
function variableValue(env: Env, name: string, cwd: string): string | undefined | Refusal {
  if (env[name] !== undefined || env[`${name}_FILE`] === undefined) return env[name];
  return readSecretFile(resolve(cwd, env[`${name}_FILE`] ?? ''));
}

function inLine(line: number | undefined): string {
  return line === undefined ? '' : ` (line ${line})`;
}
