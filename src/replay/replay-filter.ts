import { UNPARSED } from '../sources/name-event.js';

/** Which events, or which dead letters, a bulk replay takes; all that is given must hold. */
export interface ReplayFilter {
  /** A slug. */
  readonly source?: string;
  readonly sourceType?: string;
  /** Patterns as routes have them; one of them must fit. */
  readonly type?: readonly string[];
  /** A name or an id; also of a removed destination. */
  readonly destination?: string;
  readonly status?: string;
  readonly errorClass?: string;
  readonly deadReason?: string;
  /** When the event was received: from (included) … */
  readonly from?: string;
  /** … to (not included). ISO 8601. */
  readonly to?: string;
}

/** Collects a statement's values and names their places. */
export class SqlValues {
  readonly list: unknown[] = [];

  /** `$1`, `$2` … */
  add(value: unknown): string {
    this.list.push(value);
    return `$${this.list.length}`;
  }
}

/** Conditions on the event `e` and its source `s`. */
export function eventConditions(filter: ReplayFilter, values: SqlValues): string[] {
  const conditions: string[] = [];
  if (filter.source !== undefined) conditions.push(`s.slug = ${values.add(filter.source)}`);
  if (filter.sourceType !== undefined) conditions.push(`s.type = ${values.add(filter.sourceType)}`);
  if (filter.type !== undefined) conditions.push(typeCondition(filter.type, values));
  if (filter.from !== undefined) conditions.push(`e.received_at >= ${values.add(filter.from)}::timestamptz`);
  if (filter.to !== undefined) conditions.push(`e.received_at < ${values.add(filter.to)}::timestamptz`);
  return conditions;
}

/** Conditions on a delivery `d`. */
export function deliveryConditions(filter: ReplayFilter, values: SqlValues): string[] {
  const conditions: string[] = [];
  if (filter.destination !== undefined) {
    const name = values.add(filter.destination);
    // An array, not a join: found once, it cannot lead the planner to begin with everything the destination ever got.
    conditions.push(
      `d.destination_id = ANY (ARRAY(SELECT id FROM hookyard.destination WHERE name = ${name} OR id::text = ${name}))`,
    );
  }
  if (filter.status !== undefined) conditions.push(`d.status = ${values.add(filter.status)}`);
  if (filter.errorClass !== undefined) conditions.push(`d.last_error_class = ${values.add(filter.errorClass)}`);
  if (filter.deadReason !== undefined) conditions.push(`d.dead_reason = ${values.add(filter.deadReason)}`);
  return conditions;
}

/** The same as `matchType`: only `*` is special, and no pattern with one takes `unparsed`. */
function typeCondition(patterns: readonly string[], values: SqlValues): string {
  const exact = patterns.filter((pattern) => !pattern.includes('*'));
  const wild = patterns.filter((pattern) => pattern.includes('*')).map(likePattern);
  return `(e.type = ANY (${values.add(exact)}::text[])
    OR (e.type <> '${UNPARSED}' AND e.type LIKE ANY (${values.add(wild)}::text[])))`;
}

/** As LIKE writes it: what is special there is taken literally, `*` becomes `%`. */
export function likePattern(pattern: string): string {
  return pattern.replaceAll(/[\\%_]/g, String.raw`\$&`).replaceAll('*', '%');
}
