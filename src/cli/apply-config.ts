import { userInfo } from 'node:os';
import type { Pool } from 'pg';
import type { DeclaredConfiguration } from '../config/config.js';
import { loadDeclared } from '../config/load-declared.js';
import type { SecretBox } from '../database/secret-box.js';
import { inTransaction } from '../database/transaction.js';
import { applyFile, lockConfiguration, raiseRevision } from '../routing/apply-configuration.js';
import { audited } from '../routing/audited.js';
import { planConfiguration, type ConfigurationPlan } from '../routing/plan-configuration.js';
import { isDestructive } from '../routing/planned-change.js';
import { pruneUndeclared } from '../routing/prune.js';
import { CommandFailure, EXIT } from './command-failure.js';
import { confirm } from './confirm.js';
import { loadCatalogue } from './load-catalogue.js';
import { printJson, styled } from './terminal.js';
import { withDatabase } from './with-database.js';

export interface ApplyOptions {
  /** Remove what the file does not declare any more. */
  readonly prune?: boolean;
  readonly dryRun?: boolean;
  /** Do not ask. */
  readonly yes?: boolean;
  /** Apply it although it is older than what is in force. */
  readonly force?: boolean;
  readonly json?: boolean;
  /** A module that exports further source types. */
  readonly load?: string;
}

/**
 * Applies hookyard.yaml to the database while routers run: shows the plan, asks where something would be taken away, and does what it
 * showed or nothing. What variables, code and the API declare is left alone.
 * @throws CommandFailure when it is refused: an older file, no yes, or a configuration that changed since the plan.
 */
export async function applyConfig(file: string | undefined, options: ApplyOptions): Promise<void> {
  const env = file === undefined ? process.env : { ...process.env, HOOKYARD_CONFIG: file };
  const cwd = process.cwd();
  const declared = loadDeclared({ env, cwd, catalogue: await loadCatalogue(options.load, cwd) });
  if (declared.file === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      'There is no hookyard.yaml here.',
      'Name the file: hookyard config apply <file>',
    );
  }
  await withDatabase('config-apply', async ({ pool, box }) => {
    const plan = await makePlan(pool, box, declared, options);
    if (!options.json) printPlan(plan, options);
    if (plan.older !== undefined && !options.force) {
      const hint = 'Give it a higher revision, or use --force, if going back is meant.';
      throw new CommandFailure(EXIT.failed, `This file is older than what is in force: ${plan.older}.`, hint);
    }
    const isApplied = !options.dryRun;
    if (isApplied && plan.changes.some(isDestructive)) await confirm('This takes something away. Do it?', options.yes);
    if (isApplied) await apply(pool, box, declared, plan, options);
    if (options.json) printJson({ revision: String(plan.revision), changes: plan.changes, applied: isApplied });
    else if (isApplied && plan.changes.length > 0) console.log('Applied. Every router has it within two seconds.');
  });
}

function makePlan(
  pool: Pool,
  box: SecretBox,
  declared: DeclaredConfiguration,
  { prune = false }: ApplyOptions,
): Promise<ConfigurationPlan> {
  return inTransaction(pool, async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    return planConfiguration(client, box, declared, prune);
  });
}

async function apply(
  pool: Pool,
  box: SecretBox,
  declared: DeclaredConfiguration,
  plan: ConfigurationPlan,
  { prune = false, force = false }: ApplyOptions,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    const revision = await lockConfiguration(client);
    if (revision !== plan.revision + 1n) {
      const hint = 'Nothing was done. Look at the plan again.';
      throw new CommandFailure(EXIT.failed, 'The configuration has changed since the plan was made.', hint);
    }
    const who = { actor: `cli:${userName()}`, action: 'config apply', path: declared.file ?? '' };
    await audited(client, box, who, async () => {
      await applyFile(client, box, declared, revision, { knowsSources: true, knowsEnvironment: false, force });
      if (prune) await pruneUndeclared(client);
    });
    await raiseRevision(client, revision);
  });
}

/** Who is at this machine, as far as it knows: a container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}

const SIGNS = { create: '+', change: '~', declare: '+', undeclare: '-', remove: '-' } as const;
const COLOURS = { create: 'green', change: 'yellow', declare: 'green', undeclare: 'red', remove: 'red' } as const;

function printPlan({ changes }: ConfigurationPlan, { dryRun = false }: ApplyOptions): void {
  if (changes.length === 0) console.log('No changes.');
  for (const { action, kind, name, keys } of changes) {
    const more = keys.length > 0 ? `: ${keys.join(', ')}` : '';
    console.log(styled(COLOURS[action], `${SIGNS[action]} ${action} ${kind} ${name}${more}`));
  }
  if (changes.some(({ action }) => action === 'undeclare')) {
    console.log('Undeclared sources hold what comes in, undeclared destinations are paused; --prune removes them.');
  }
  if (changes.some(({ action, kind }) => action === 'remove' && kind === 'destination')) {
    console.log('What waits for a removed destination becomes dead letters, which can be replayed elsewhere.');
  }
  if (dryRun) console.log('A dry run: nothing was done.');
}
