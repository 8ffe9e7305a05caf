import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StartupError } from '../errors.js';
import type { SourceDescription } from '../sources/source.js';
import type { Config } from './config.js';
import { fakeCatalogue } from './fake-catalogue.js';
import { loadConfig } from './load-config.js';
import type { Env } from './read-variable.js';

interface Trial {
  readonly env?: Env;
  /** Content of hookyard.yaml; no file without it. */
  readonly yaml?: string | Buffer;
  /** Other files, by path below the working directory. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly isTTY?: boolean;
  readonly catalogue?: readonly SourceDescription[];
}

/** For tests: the configuration in a directory of its own. @throws StartupError */
export function tryConfig({ env = {}, yaml, files = {}, isTTY, catalogue = fakeCatalogue }: Trial): Config {
  const cwd = mkdtempSync(join(tmpdir(), 'hookyard-config-'));
  try {
    const all = yaml === undefined ? files : { ...files, 'hookyard.yaml': yaml };
    for (const [name, content] of Object.entries(all)) {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), content);
    }
    return loadConfig({ env, cwd, catalogue, isTTY });
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** For tests: what is wrong with a configuration; empty when nothing is. */
export function problemsWith(trial: Trial): readonly string[] {
  try {
    tryConfig(trial);
    return [];
  } catch (error) {
    if (error instanceof StartupError && error.code === 'INVALID_CONFIG') return error.problems;
    throw error;
  }
}
