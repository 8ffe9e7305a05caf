import { z } from 'zod';
import type { DeliveryPolicy } from '../../config/config.js';
import { FORCED } from '../../queue/gate.js';
import { answerCount, answerTime, named } from '../openapi/answer-fields.js';

/** How far a destination's deliveries are counted; beyond it a look would read the backlog. */
export const COUNT_UP_TO = { one: 10_000, list: 1_000 } as const;

/** The destination has the alias `d`. A tombstoned one is no longer shown. */
export const DESTINATION_FROM = `hookyard.destination d
  JOIN hookyard.destination_gate g ON g.destination_id = d.id`;

/** `countUpTo`: see `COUNT_UP_TO`; counts end one above it. */
export function destinationColumns(countUpTo: number): string {
  const count = (status: string): string => `(SELECT count(*)::int FROM (SELECT 1 FROM hookyard.delivery w
    WHERE w.destination_id = d.id AND w.status = '${status}' LIMIT ${countUpTo + 1}) counted) AS ${status}`;
  return `d.id, d.name, d.kind, d.declared_by, d.settings -> 'policy' AS policy, d.created_at, d.undeclared_at,
    g.paused_at, g.pause_reason, g.handler_seen_at,
    g.quota_limit::float8 AS quota_limit, g.quota_remaining::float8 AS quota_remaining, g.quota_until, g.quota_seen_at,
    CASE WHEN g.not_before > clock_timestamp() THEN g.not_before END AS not_before,
    g.breaker_state, ${FORCED} AS forced, g.breaker_since, g.opened_until, g.failures, g.cooldown_level, g.ramp_slots,
    CASE WHEN g.breaker_forced_until > clock_timestamp() THEN g.breaker_forced_until END AS forced_until,
    ${['pending', 'held', 'dead'].map(count).join(', ')}`;
}

/** A row of `destinationColumns`. */
export interface DestinationRow {
  id: number;
  name: string;
  kind: string;
  declared_by: string;
  policy: DeliveryPolicy;
  created_at: Date;
  undeclared_at: Date | null;
  paused_at: Date | null;
  pause_reason: string | null;
  handler_seen_at: Date | null;
  not_before: Date | null;
  quota_limit: number | null;
  quota_remaining: number | null;
  quota_until: Date | null;
  quota_seen_at: Date | null;
  breaker_state: 'open' | 'closed';
  forced: 'open' | 'closed' | null;
  forced_until: Date | null;
  breaker_since: Date;
  opened_until: Date | null;
  failures: number;
  cooldown_level: number;
  ramp_slots: number | null;
  pending: number;
  held: number;
  dead: number;
}

/** A destination as the API shows it: what it is, what its gate lets through, what waits. Its URL may hold a token: not shown. */
export const destinationAnswer = named(
  'Destination',
  z.object({
    id: z.int(),
    name: z.string(),
    kind: z.string(),
    declaredBy: z.string(),
    policy: z.record(z.string(), z.unknown()),
    createdAt: answerTime,
    undeclaredAt: answerTime.nullable(),
    paused: z.boolean(),
    pausedAt: answerTime.nullable(),
    pauseReason: z.string().nullable(),
    notBefore: answerTime.nullable(),
    rateLimit: z
      .object({
        limit: z.number().nullable(),
        remaining: z.number().nullable(),
        until: answerTime.nullable(),
        seenAt: answerTime,
      })
      .nullable(),
    handlerSeenAt: answerTime.nullable(),
    breaker: z.object({
      state: z.enum(['open', 'closed']),
      forced: z.boolean(),
      forcedUntil: answerTime.nullable(),
      tripped: z.boolean(),
      since: answerTime,
      openUntil: answerTime.nullable(),
      failures: answerCount,
      failedProbes: answerCount,
      rampSlots: z.number().nullable(),
    }),
    deliveries: z.object({ pending: answerCount, held: answerCount, dead: answerCount, isExact: z.boolean() }),
  }),
);

/** Makes it of a row. `countUpTo`: as its columns were counted. */
export function showDestination(row: DestinationRow, countUpTo: number): z.output<typeof destinationAnswer> {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    declaredBy: row.declared_by,
    policy: { ...row.policy },
    createdAt: row.created_at,
    undeclaredAt: row.undeclared_at,
    paused: row.paused_at !== null,
    pausedAt: row.paused_at,
    pauseReason: row.pause_reason,
    notBefore: row.not_before,
    // What the destination last said about its own rate limit; null when it never did.
    rateLimit:
      row.quota_seen_at === null
        ? null
        : {
            limit: row.quota_limit,
            remaining: row.quota_remaining,
            until: row.quota_until,
            seenAt: row.quota_seen_at,
          },
    handlerSeenAt: row.handler_seen_at,
    breaker: {
      state: row.forced ?? row.breaker_state,
      // An operator's word; without it the state is what the destination's answers made it.
      forced: row.forced !== null,
      forcedUntil: row.forced_until,
      tripped: row.breaker_state === 'open',
      since: row.breaker_since,
      openUntil: row.opened_until,
      failures: row.failures,
      failedProbes: row.cooldown_level,
      rampSlots: row.ramp_slots,
    },
    deliveries: {
      pending: Math.min(row.pending, countUpTo),
      held: Math.min(row.held, countUpTo),
      dead: Math.min(row.dead, countUpTo),
      isExact: Math.max(row.pending, row.held, row.dead) <= countUpTo,
    },
  };
}
