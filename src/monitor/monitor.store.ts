import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import type { MonitorSettings } from '../config/config.js';
import { Pools } from '../database/pools.js';
import { inTransaction } from '../database/transaction.js';
import { forgetLocked } from '../retention/forget-events.js';

/** Why a run failed: no answer, an answer that was no 2xx, or nobody handled it in time. */
export type FailureReason = 'unanswered' | 'refused' | 'unhandled';

/** How a run's request was answered; exactly one of `statusCode` and `errorClass`. */
export interface RunAnswer {
  readonly statusCode: number | undefined;
  readonly errorClass: string | undefined;
  readonly acceptedMs: number;
  /** In its stored form. */
  readonly eventId: string | undefined;
}

/** A run that is judged; `null`: it did not come so far. */
export interface JudgedRun {
  readonly id: string;
  readonly outcome: 'passed' | 'failed';
  readonly reason: FailureReason | null;
  readonly statusCode: number | null;
  readonly errorClass: string | null;
  readonly acceptedMs: number | null;
  /** From the receipt of the event to its handling. */
  readonly handledMs: number | null;
}

/** Events of runs are of no use to anybody after that; the runs themselves are counted in the next day's digest. */
const EVENTS_KEPT = '1 hour';
const RUNS_KEPT = '3 days';
const FORGOTTEN_AT_ONCE = 500;

/**
 * On the minute as far as possible: what is late by less than an interval does not move the next one. A time that lies further
 * ahead than an interval is of an earlier, longer one.
 */
const TAKE_TURN = `
  WITH turn AS (
    UPDATE hookyard.monitor SET due_at =
      CASE WHEN due_at BETWEEN clock_timestamp() - $2 * interval '1 ms' AND clock_timestamp()
        THEN due_at + $2 * interval '1 ms' ELSE clock_timestamp() + $2 * interval '1 ms' END
    WHERE (due_at <= clock_timestamp() OR due_at > clock_timestamp() + $2 * interval '1 ms')
      AND singleton IN (SELECT singleton FROM hookyard.monitor FOR UPDATE SKIP LOCKED)
    RETURNING singleton)
  INSERT INTO hookyard.monitor_run (id, sent_at, host) SELECT $1, clock_timestamp(), $3 FROM turn`;

/** Once per run, whoever looks: the row's lock and `outcome` see to it. */
const JUDGE = `
  WITH judged AS (
    UPDATE hookyard.monitor_run r SET outcome = v.outcome, reason = CASE WHEN v.outcome = 'failed' THEN v.reason END
    FROM (
      SELECT id,
        CASE WHEN error_class IS NULL AND coalesce(status_code BETWEEN 200 AND 299, true)
          AND handled_at <= sent_at + $1 * interval '1 ms' THEN 'passed' ELSE 'failed' END AS outcome,
        CASE WHEN error_class IS NOT NULL OR (status_code IS NULL AND handled_at IS NULL) THEN 'unanswered'
          WHEN status_code NOT BETWEEN 200 AND 299 THEN 'refused' ELSE 'unhandled' END AS reason
      FROM hookyard.monitor_run
      WHERE outcome IS NULL AND (error_class IS NOT NULL OR status_code NOT BETWEEN 200 AND 299
        OR (status_code IS NOT NULL AND handled_at IS NOT NULL)
        OR sent_at <= clock_timestamp() - $1 * interval '1 ms')
      ORDER BY sent_at LIMIT 100) v
    WHERE r.id = v.id AND r.outcome IS NULL
    RETURNING r.id, r.sent_at, r.outcome, r.reason, r.status_code AS "statusCode", r.error_class AS "errorClass",
      r.accepted_ms AS "acceptedMs", r.handled_ms AS "handledMs"
  ), passed AS (
    UPDATE hookyard.monitor SET last_passed_at =
      greatest(last_passed_at, (SELECT max(sent_at) FROM judged WHERE outcome = 'passed'))
    WHERE EXISTS (SELECT FROM judged WHERE outcome = 'passed'))
  SELECT id, outcome, reason, "statusCode", "errorClass", "acceptedMs", "handledMs" FROM judged ORDER BY sent_at`;

/** Runs of the synthetic monitor. */
@Injectable()
export class MonitorStore {
  constructor(private readonly pools: Pools) {}

  /** Begins a run with this id, if one is due in the whole cluster. @returns whether it was. */
  async takeTurn(id: string, { intervalMs }: MonitorSettings): Promise<boolean> {
    const taken = await this.pools.work.query({
      name: 'monitor-turn',
      text: TAKE_TURN,
      values: [id, intervalMs, hostname()],
    });
    return taken.rowCount === 1;
  }

  async answered(id: string, { statusCode, errorClass, acceptedMs, eventId }: RunAnswer): Promise<void> {
    await this.pools.work.query(
      `UPDATE hookyard.monitor_run SET status_code = $2, error_class = $3, accepted_ms = $4, event_id = coalesce(event_id, $5)
       WHERE id = $1`,
      [id, statusCode ?? null, errorClass ?? null, acceptedMs, eventId ?? null],
    );
  }

  /** Judges what can be judged; gives each run to one caller, once. */
  async judge({ withinMs }: MonitorSettings): Promise<JudgedRun[]> {
    return (await this.pools.work.query<JudgedRun>({ name: 'monitor-judge', text: JUDGE, values: [withinMs] })).rows;
  }

  /** When the last run was sent that passed. */
  async lastPassedAt(): Promise<Date | undefined> {
    const { rows } = await this.pools.work.query<{ at: Date | null }>({
      name: 'monitor-last-passed',
      text: 'SELECT last_passed_at AS at FROM hookyard.monitor',
    });
    return rows[0]?.at ?? undefined;
  }

  /** Forgets the events of runs, and old runs; run every hour, in any number of processes. */
  async sweep(): Promise<void> {
    for (let forgotten = FORGOTTEN_AT_ONCE; forgotten >= FORGOTTEN_AT_ONCE;) forgotten = await this.forgetSome();
    await this.pools.work.query(
      `DELETE FROM hookyard.monitor_run WHERE sent_at < statement_timestamp() - interval '${RUNS_KEPT}'`,
    );
  }

  /** What somebody may still deliver stays, and goes with `retention` like any other event. */
  private forgetSome(): Promise<number> {
    return inTransaction(this.pools.work, async (client) => {
      const { rows } = await client.query<{ event_id: string }>(
        `UPDATE hookyard.monitor_run r SET event_id = NULL
         FROM (SELECT id, event_id FROM hookyard.monitor_run
               WHERE event_id IS NOT NULL AND sent_at < statement_timestamp() - interval '${EVENTS_KEPT}'
               ORDER BY sent_at LIMIT ${FORGOTTEN_AT_ONCE} FOR UPDATE SKIP LOCKED) old
         WHERE r.id = old.id RETURNING old.event_id`,
      );
      const locked = await client.query<{ id: string; body_day: string; body_id: string }>(
        `SELECT id, body_day::text, body_id FROM hookyard.event WHERE id = ANY ($1) ORDER BY id FOR UPDATE SKIP LOCKED`,
        [rows.map(({ event_id: id }) => id)],
      );
      const forgotten = new Set(
        await forgetLocked(
          client,
          locked.rows.map(({ id }) => id),
          null,
        ),
      );
      const bodies = locked.rows.filter(({ id }) => forgotten.has(id));
      await client.query(
        `DELETE FROM hookyard.body b USING unnest($1::date[], $2::uuid[]) AS g(day, id) WHERE b.day = g.day AND b.id = g.id`,
        [bodies.map(({ body_day: day }) => day), bodies.map(({ body_id: id }) => id)],
      );
      return rows.length;
    });
  }
}
