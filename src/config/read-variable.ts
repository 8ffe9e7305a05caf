import { resolve } from 'node:path';
import { Refusal } from './from-text.js';
import { readSecretFile } from './read-secret-file.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** Tells the operator about one thing that is wrong; the text holds no value. */
export type Report = (problem: string) => void;

/**
 * A variable that may hold a secret, from `<NAME>` or the file that `<NAME>_FILE` names; `undefined` when neither is set
 * or something was reported: both are set, the file is no use, or the value is empty.
 */
export function readSecret(env: Env, name: string, cwd: string, report: Report): string | undefined {
  const [value, path] = [env[name], env[`${name}_FILE`]];
  if (value !== undefined && path !== undefined) {
    report(`${name} and ${name}_FILE are both set; keep one of them`);
    return undefined;
  }
  if (path !== undefined) {
    const content =
      path.trim() === '' ? new Refusal('has no name; write its path') : readSecretFile(resolve(cwd, path));
    if (!(content instanceof Refusal)) return content;
    report(`${name}_FILE: the file that it names ${content.reason}`);
    return undefined;
  }
  if (value === undefined || value.trim() !== '') return value;
  report(`${name}: is set but empty; give it a value or take it out`);
  return undefined;
}

/** Whether somebody meant to set a variable that may hold a secret, well or badly. */
export function isGiven(env: Env, name: string): boolean {
  return env[name] !== undefined || env[`${name}_FILE`] !== undefined;
}
