import { basename } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import type { Declared } from '../../config/declare-entry.js';
import { Pools } from '../../database/pools.js';
import { inTransaction } from '../../database/transaction.js';
import { HttpError } from '../../errors.js';
import { lockConfiguration, raiseRevision } from '../../routing/apply-configuration.js';
import type { DeclaredBy } from '../../routing/declared-by.js';
import { TopologyStore } from '../../routing/topology.store.js';

/** The rules that entries are judged by, beside the file's schema. A class so that Nest can inject it. */
export class EntryRules {
  constructor(
    readonly allowedNetworks: readonly string[],
    readonly publicUrl: string | undefined,
  ) {}
}

/** Changes the configuration from the API, as an apply does: one at a time, told to every process. */
@Injectable()
export class ConfigurationChanges {
  constructor(
    private readonly pools: Pools,
    private readonly topology: TopologyStore,
  ) {}

  /** Runs `work` under the lock of an apply, and raises the revision. This process has the change when it resolves. */
  async change<T>(work: (client: PoolClient, revision: bigint) => Promise<T>): Promise<T> {
    const result = await inTransaction(this.pools.work, async (client) => {
      const revision = await lockConfiguration(client);
      const done = await work(client, revision);
      await raiseRevision(client, revision);
      return done;
    });
    await this.topology.reload();
    return result;
  }
}

/** @throws HttpError 400 with every problem. */
export function entryOf<T>(declared: Declared<T>): T {
  if ('entry' in declared) return declared.entry;
  throw new HttpError('INVALID_REQUEST', 400, declared.problems.join('; '));
}

/** Refuses to change what somebody else declares. @throws HttpError 409 that names who does. */
export async function requireOwn(client: PoolClient, what: string, declaredBy: DeclaredBy): Promise<void> {
  if (declaredBy === 'api') return;
  const { rows } = await client.query<{ file: string | null }>('SELECT file FROM hookyard.configuration');
  const file = basename(rows[0]?.file ?? 'hookyard.yaml');
  const who = {
    file: `${file} declares it: change it there`,
    environment: 'a variable of the routers declares it: change it there, or declare it in hookyard.yaml',
    code: 'a @WebhookHandler of the application declares it: change it in the code',
  };
  throw new HttpError('DECLARED_ELSEWHERE', 409, `This ${what} cannot be changed here; ${who[declaredBy]}.`);
}

/** @throws HttpError 409 */
export function alreadyThere(what: string): HttpError {
  return new HttpError('ALREADY_EXISTS', 409, `There is such a ${what} already.`);
}
