import type { ApiDatabase } from '../api-database.js';
import { FORCED } from '../../queue/gate.js';
import type { Change } from './change.js';

interface GateRow {
  id: number;
  name: string;
  breaker_state: 'open' | 'closed';
  forced: 'open' | 'closed' | null;
  breaker_since: Date;
  opened_until: Date | null;
  failures: number;
  cooldown_level: number;
  paused_at: Date | null;
  pause_reason: string | null;
}

/** Sees when a destination's breaker or pause changes; what changes back between two looks is not seen. */
export class BreakerWatch {
  private seen: ReadonlyMap<number, string> | undefined;

  constructor(private readonly database: ApiDatabase) {}

  /** What has changed since the last look; nothing on the first. */
  async look(): Promise<Change[]> {
    const rows = await readGates(this.database);
    const before = this.seen;
    this.seen = new Map(rows.map((row) => [row.id, stateOf(row)]));
    return before === undefined
      ? []
      : rows.filter((row) => before.get(row.id) !== stateOf(row)).map((row) => show(row, new Date()));
  }

  /** For somebody who was away: every gate that is not wide open, or whose breaker moved since `at` (milliseconds since 1970). */
  async since(at: number): Promise<Change[]> {
    const rows = await readGates(this.database);
    return rows
      .filter(
        (row) =>
          row.paused_at !== null || (row.forced ?? row.breaker_state) === 'open' || row.breaker_since.getTime() >= at,
      )
      .map((row) => show(row, row.breaker_since));
  }
}

function readGates(database: ApiDatabase): Promise<GateRow[]> {
  return database.run<GateRow>(
    `SELECT d.id, d.name, g.breaker_state, ${FORCED} AS forced, g.breaker_since, g.opened_until, g.failures, g.cooldown_level,
       g.paused_at, g.pause_reason
     FROM hookyard.destination d JOIN hookyard.destination_gate g ON g.destination_id = d.id WHERE d.deleted_at IS NULL`,
  );
}

function stateOf({ breaker_state, forced, opened_until, paused_at }: GateRow): string {
  return [breaker_state, forced, opened_until?.getTime(), paused_at?.getTime()].join();
}

function show(row: GateRow, at: Date): Change {
  const data = {
    destination: row.name,
    state: row.forced ?? row.breaker_state,
    forced: row.forced !== null,
    since: row.breaker_since,
    openUntil: row.opened_until,
    failures: row.failures,
    failedProbes: row.cooldown_level,
    paused: row.paused_at !== null,
    pauseReason: row.pause_reason,
  };
  return {
    kind: 'breaker',
    key: `b${row.id}`,
    at: at.getTime(),
    destination: row.name,
    json: JSON.stringify(data),
  };
}
