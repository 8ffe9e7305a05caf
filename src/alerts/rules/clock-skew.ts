import { CLEAR_AFTER_MS, type Rule } from '../rule.js';

/** This host's clock against the database's. */
export interface ClockFacts {
  readonly host: string;
  /** Positive: this host is ahead. */
  readonly aheadMs: number;
  /** How far the measurement may be off: half of the time the question took. */
  readonly uncertainMs: number;
}

/** Signed times are judged by the process's clock; senders tolerate minutes, so half a minute is worth a word. */
const LIMIT_MS = 30_000;

/** The clocks of this host and of the database differ. */
export const clockSkew: Rule<ClockFacts> = {
  rule: 'clock_skew',
  section: 'clocks-differ',
  clearAfterMs: CLEAR_AFTER_MS,
  observe: ({ host, aheadMs, uncertainMs }, { now }) =>
    Math.abs(aheadMs) - uncertainMs <= LIMIT_MS
      ? []
      : [
          {
            subject: host,
            severity: 'warning',
            summary: `The clock of ${host} is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the database's.`,
            action: 'Let NTP set both clocks (timedatectl status).',
            since: now,
            count: 1,
          },
        ],
};
