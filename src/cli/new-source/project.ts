import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { CommandFailure, EXIT } from '../command-failure.js';

/** Where a new source goes. */
export interface Project {
  readonly root: string;
  /** A checkout of Hookyard itself; else an application that depends on it. */
  readonly isCheckout: boolean;
  readonly language: 'ts' | 'js';
  /** What its tests import `describe` and `it` from. */
  readonly runner: 'node:test' | '@jest/globals' | 'vitest';
  readonly hasTestScript: boolean;
  /** Its one module that starts Hookyard, relative to the root; `undefined` when there is none or no telling which. */
  readonly main: string | undefined;
}

interface Manifest {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** The project around a folder. @throws CommandFailure when it has nothing to do with Hookyard. */
export function projectAround(cwd: string): Project {
  const root = rootAround(resolve(cwd));
  const manifest = root === undefined ? {} : (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest);
  const isCheckout =
    root !== undefined && manifest.name === 'hookyard' && existsSync(join(root, 'src/sources/catalog.ts'));
  const dependencies = { ...manifest.devDependencies, ...manifest.dependencies };
  if (root === undefined || !(isCheckout || 'hookyard' in dependencies)) {
    throw new CommandFailure(
      EXIT.usage,
      'This folder belongs neither to a checkout of Hookyard nor to an application with "hookyard" among its dependencies.',
      'Run it where your package.json is, after npm install hookyard.',
    );
  }
  return {
    root,
    isCheckout,
    language: isCheckout || existsSync(join(root, 'tsconfig.json')) ? 'ts' : 'js',
    runner: 'vitest' in dependencies ? 'vitest' : 'jest' in dependencies ? '@jest/globals' : 'node:test',
    hasTestScript: manifest.scripts?.['test'] !== undefined,
    main: isCheckout ? undefined : mainOf(root),
  };
}

function rootAround(folder: string): string | undefined {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : rootAround(parent);
}

/** `main` of several: tests start routers too. */
function mainOf(root: string): string | undefined {
  const starting = globSync('src/**/*.{ts,js,mts,mjs}', { cwd: root }).filter(
    (file) =>
      !/\.(spec|test|d)\.[mc]?[jt]s$/.test(file) &&
      /\b(?:startHookyard|runStandalone)\(/.test(readFileSync(join(root, file), 'utf8')),
  );
  const named = starting.filter((file) => /^src\/main\.m?[tj]s$/.test(file.replaceAll('\\', '/')));
  return starting.length === 1 ? starting[0] : named[0];
}

/** A module as another imports it: `./acme/acme.js`. */
export function importPath(fromFile: string, toFile: string): string {
  const path = relative(dirname(fromFile), toFile).replaceAll('\\', '/').replace(/\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}
