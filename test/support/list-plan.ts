import type { Pool } from 'pg';
import { ALLOW_BITMAPS, FOLLOW_INDEXES } from '../../src/operations/api-database.js';
import type { ListSpec } from '../../src/operations/lists/list-spec.js';
import {
  countStatement,
  lookupStatement,
  sortedLookupStatement,
  walkedStatement,
  walkStatement,
} from '../../src/operations/lists/list-statements.js';

/** What a statement did, by its plan: which indexes it used, which tables it read whole, how many rows its widest step looked at. */
export interface ListPlan {
  readonly statement: string;
  readonly indexes: readonly string[];
  readonly readWhole: readonly string[];
  readonly looked: number;
  readonly text: string;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Runs every statement that a list can run for its first page and its total, under the settings that lists have. */
export async function plansOf(pool: Pool, spec: ListSpec): Promise<ListPlan[]> {
  const { fromId, toId } = spec.range;
  const bounds = { fromId, toId };
  const statements = {
    walk: walkStatement(spec, bounds, 'DESC', 51),
    walked: walkedStatement(spec, bounds, 10_000),
    count: countStatement(spec),
    ...Object.fromEntries(
      (spec.lookups ?? []).flatMap((lookup, index) => [
        [`lookup ${index}`, lookupStatement(spec, lookup, bounds, 'DESC', 51)],
        ...(lookup.isSorted
          ? [[`sorted lookup ${index}`, sortedLookupStatement(spec, lookup, bounds, 'DESC', 51)] as const]
          : []),
      ]),
    ),
  };
  const client = await pool.connect();
  try {
    await client.query('BEGIN READ ONLY');
    const plans: ListPlan[] = [];
    for (const [statement, { sql, values }] of Object.entries(statements)) {
      await client.query(FOLLOW_INDEXES);
      if (statement.startsWith('lookup') && spec.lookups?.some(({ isBitmap }) => isBitmap))
        await client.query(ALLOW_BITMAPS);

      const { rows } = await client.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${sql}`, [...values]);
      const [{ Plan: root }] = rows[0]['QUERY PLAN'] as [{ Plan: PlanNode }];
      const nodes = flatten(root);
      plans.push({
        statement,
        indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
        readWhole: nodes.flatMap((node) => (node['Node Type'] === 'Seq Scan' ? (node['Relation Name'] ?? []) : [])),
        looked: Math.max(...nodes.map(lookedAt)),
        text: `${sql}\n${nodes.map(shown).join('\n')}`,
      });
    }
    return plans;
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

function shown(node: PlanNode): string {
  return `${node['Node Type']} ${node['Index Name'] ?? node['Relation Name'] ?? ''} ×${node['Actual Loops']}: ${lookedAt(node)}`;
}

function lookedAt(node: PlanNode): number {
  const each =
    node['Actual Rows'] +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0) +
    (node['Rows Removed by Join Filter'] ?? 0);
  return each * node['Actual Loops'];
}
