import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config } from '../../config/config.js';
import { loadConfig } from '../../config/load-config.js';
import { readVariables } from '../../config/read-environment.js';
import { findRunningEmbedded } from '../../embedded/find-running.js';
import { StartupError } from '../../errors.js';
import { builtInSources, findSourceType } from '../../sources/catalog.js';
import { EXIT } from '../command-failure.js';
import { printJson, styled } from '../terminal.js';
import { failed, ok, skipped, type Finding } from './finding.js';
import { judgeDisk, judgeSecrets } from './judge.js';
import { lookAtDatabase } from './look-at-database.js';
import { lookAtPort } from './look-at-port.js';
import { lookAtQueue } from './look-at-queue.js';

/** Looks at everything that a router here needs, and prints it. It changes nothing. @returns the exit code: 1 when something is wrong. */
export async function doctor({ json }: { json?: boolean }): Promise<number> {
  const findings = await examine(process.cwd());
  if (json) printJson({ ok: findings.every(({ verdict }) => verdict !== 'failed'), findings });
  else for (const finding of findings) print(finding);
  return findings.some(({ verdict }) => verdict === 'failed') ? EXIT.failed : EXIT.ok;
}

async function examine(cwd: string): Promise<Finding[]> {
  const { config, finding } = readConfig(cwd);
  // Read by itself: a mistake in hookyard.yaml must not hide that the database is away.
  const values = readVariables(
    process.env,
    cwd,
    ['databaseUrl', 'redisUrl', 'dataDir', 'host', 'port', 'managementPort'],
    () => undefined,
  );
  const dataDir = resolve(cwd, values.dataDir);
  return [
    finding,
    ...(await database(values.databaseUrl, dataDir, config)),
    await lookAtQueue(values.redisUrl),
    config ? secretsOf(config, new Date()) : skipped('secrets', 'The configuration is not valid.'),
    await disk(dataDir),
    await lookAtPort(values.host, values.managementPort ?? values.port),
  ];
}

function readConfig(cwd: string): { readonly config: Config | undefined; readonly finding: Finding } {
  try {
    const config = loadConfig({ cwd, catalogue: builtInSources });
    const { sources, destinations, routes } = config.declared;
    const says = `Valid: ${sources.length} sources, ${destinations.length} destinations, ${routes.length} routes.`;
    return { config, finding: ok('configuration', says) };
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    const cure = 'Correct it; "hookyard config check" looks at it alone.';
    return { config: undefined, finding: failed('configuration', error.problems.join('\n'), cure) };
  }
}

function secretsOf({ declared }: Config, now: Date): Finding {
  const unset = declared.sources
    .filter(({ type, secrets }) => {
      const needs = findSourceType(builtInSources, type)?.scheme.needsSecret ?? false;
      return needs && !secrets.some(({ notAfter }) => notAfter === undefined || notAfter > now);
    })
    .map(({ slug }) => `source ${slug}`);
  const ending = [
    ...declared.sources.map(({ slug, secrets }) => ({ of: `source ${slug}`, secrets })),
    ...declared.destinations.map(({ name, signingSecrets }) => ({
      of: `destination ${name}`,
      secrets: signingSecrets,
    })),
  ].flatMap(({ of, secrets }) => secrets.flatMap(({ notAfter }) => (notAfter ? [{ of, notAfter }] : [])));
  return judgeSecrets(unset, ending, now);
}

async function disk(dataDir: string): Promise<Finding> {
  let folder = dataDir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  return judgeDisk(folder, bavail * bsize);
}

async function database(given: string | undefined, dataDir: string, config: Config | undefined): Promise<Finding[]> {
  if (given !== undefined) return lookAtDatabase(given, config);
  const found = await findRunningEmbedded(dataDir);
  switch (found.state) {
    case 'running':
      return lookAtDatabase(found.url, config);
    case 'stopped':
      return [ok('database', 'The embedded one; it runs while a router does, and is not running.')];
    case 'none':
      return [ok('database', 'The embedded one; the first start makes it.')];
    case 'unreadable': {
      const cure = 'Run this, and the router, as the user who made it; or set HOOKYARD_DATA_DIR or DATABASE_URL.';
      return [failed('database', `The embedded one cannot be used: ${found.reason}`, cure)];
    }
  }
}

const MARKS = {
  ok: () => styled('green', 'ok     '),
  warning: () => styled('yellow', 'warning'),
  failed: () => styled('red', 'FAILED '),
  skipped: () => styled('dim', 'skipped'),
} as const;

function print({ check, verdict, says, cure }: Finding): void {
  const indent = ' '.repeat(23);
  console.log(`${MARKS[verdict]()}  ${check.padEnd(14)}${says.replaceAll('\n', `\n${indent}`)}`);
  if (cure !== undefined) console.log(`${indent}${styled('bold', '→')} ${cure}`);
}
