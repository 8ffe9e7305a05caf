import { Injectable } from '@nestjs/common';
import { Pools } from '../../database/pools.js';
import { within } from '../../within.js';
import { EventLog } from '../event-log.js';
import { COUNT_UP_TO, Metrics } from './metrics.js';

/** Of all scrapes of all collectors together, one in this time asks the database. */
const FRESH_FOR_MS = 5_000;
const ANSWER_WITHIN_MS = 2_000;

/** Every count stops early and follows a partial index of its status. */
const BACKLOG = `
  SELECT d.name AS destination, g.paused_at IS NOT NULL AS paused, g.breaker_state = 'open' AS open,
    coalesce(extract(epoch FROM statement_timestamp() - head.due_at), 0)::float8 AS overdue_seconds,
    (SELECT count(*)::int FROM (SELECT FROM hookyard.delivery p
       WHERE p.destination_id = d.id AND p.status = 'pending' LIMIT ${COUNT_UP_TO}) counted) AS pending
  FROM hookyard.destination d
  JOIN hookyard.destination_gate g ON g.destination_id = d.id
  LEFT JOIN LATERAL (
    SELECT p.next_attempt_at AS due_at FROM hookyard.delivery p
    WHERE p.destination_id = d.id AND p.status = 'pending' AND p.next_attempt_at <= statement_timestamp()
    ORDER BY p.next_attempt_at LIMIT 1) head ON true
  WHERE d.deleted_at IS NULL ORDER BY d.id LIMIT 1000`;

const TOTALS = `
  SELECT status, count(*)::int AS count FROM (
    (SELECT 'dead' AS status FROM hookyard.delivery WHERE status = 'dead' LIMIT ${COUNT_UP_TO})
    UNION ALL (SELECT 'held' FROM hookyard.delivery WHERE status = 'held' LIMIT ${COUNT_UP_TO})
    UNION ALL (SELECT 'claimed' FROM hookyard.delivery WHERE status = 'claimed' LIMIT ${COUNT_UP_TO})) counted
  GROUP BY status`;

interface BacklogRow {
  destination: string;
  paused: boolean;
  open: boolean;
  overdue_seconds: number;
  pending: number;
}

/** What waits in the database, looked at when somebody scrapes. Every process that is asked tells the same. */
@Injectable()
export class BacklogGauges {
  private lookedAt = -Infinity;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly metrics: Metrics,
    private readonly pools: Pools,
    private readonly events: EventLog,
  ) {}

  /** Brings the gauges up to date, at most every 5 s. Never rejects: a database that is away shows as `hookyard_database_up 0`. */
  async refresh(): Promise<void> {
    for (const name of ['intake', 'work'] as const) {
      const pool = this.pools[name];
      this.metrics.poolConnections.set({ pool: name, state: 'busy' }, pool.totalCount - pool.idleCount);
      this.metrics.poolConnections.set({ pool: name, state: 'idle' }, pool.idleCount);
      this.metrics.poolConnections.set({ pool: name, state: 'waiting' }, pool.waitingCount);
    }
    if (performance.now() - this.lookedAt < FRESH_FOR_MS) return;
    this.looking ??= this.look().finally(() => {
      this.lookedAt = performance.now();
      this.looking = undefined;
    });
    await this.looking;
  }

  private async look(): Promise<void> {
    try {
      const late = (): Error => new Error(`no answer within ${ANSWER_WITHIN_MS} ms`);
      const asked = Promise.all([
        this.pools.work.query<BacklogRow>({ name: 'backlog-gauges', text: BACKLOG }),
        this.pools.work.query<{ status: string; count: number }>({ name: 'backlog-totals', text: TOTALS }),
      ]);
      const [backlog, totals] = await within(asked, ANSWER_WITHIN_MS, late);
      this.set(backlog.rows, new Map(totals.rows.map(({ status, count }) => [status, count])));
      this.metrics.databaseUp.set({}, 1);
    } catch (error) {
      this.metrics.databaseUp.set({}, 0);
      this.events.log.debug({ error: (error as Error).message }, 'backlog not looked at');
    }
  }

  private set(rows: readonly BacklogRow[], totals: ReadonlyMap<string, number>): void {
    const { metrics } = this;
    // A destination that is gone leaves no last value behind.
    for (const gauge of [metrics.pending, metrics.overdueSeconds, metrics.breakerOpen, metrics.paused]) gauge.reset();
    for (const row of rows) {
      const { destination } = row;
      metrics.pending.set({ destination }, row.pending);
      metrics.overdueSeconds.set({ destination }, row.overdue_seconds);
      metrics.breakerOpen.set({ destination }, Number(row.open));
      metrics.paused.set({ destination }, Number(row.paused));
    }
    for (const status of ['dead', 'held', 'claimed']) metrics.deliveries.set({ status }, totals.get(status) ?? 0);
  }
}
