import { formatDuration } from '../../config/duration.js';
import { MONITOR_NAME } from '../../config/monitor-schema.js';
import type { Observation } from '../alert.js';
import type { MonitorFacts } from '../facts/monitor-facts.js';
import { CLEAR_AFTER_MS, type Rule } from '../rule.js';

/** One alone may have met a process that was just restarted. */
const LEAST_FAILURES = 2;
/** Intervals without a run, and a while beside, before somebody is to blame. */
const MISSED_INTERVALS = 2;
const START_MS = 60_000;

/** The monitor's own webhook does not come through, or nobody sends it. */
export const monitorFailing: Rule<readonly MonitorFacts[]> = {
  rule: 'monitor_failing',
  section: 'the-monitor-fails',
  clearAfterMs: CLEAR_AFTER_MS,
  observe: (facts, { now }) =>
    facts.flatMap((one) => {
      const { failed, failingSince, dueAt, settings } = one;
      if (failed >= LEAST_FAILURES && failingSince !== null) {
        return [observation(whatFailed(one), failingSince, failed)];
      }
      const limitMs = MISSED_INTERVALS * settings.intervalMs + START_MS;
      const isMissed = dueAt !== null && now.getTime() - dueAt.getTime() > limitMs;
      return isMissed ? [observation('is not sent: no process with the role intake is at work', dueAt, 1)] : [];
    }),
};

function whatFailed({ reason, statusCode, errorClass, settings }: MonitorFacts): string {
  if (reason === 'refused') return `is refused with HTTP ${statusCode}`;
  if (reason === 'unanswered') return `is not answered (${errorClass ?? 'its sender ended'})`;
  return `is accepted, but not handled within ${formatDuration(settings.withinMs)}`;
}

function observation(what: string, since: Date, count: number): Observation {
  return {
    subject: MONITOR_NAME,
    severity: 'critical',
    summary: `The monitor's webhook ${what}.`,
    action: `GET /health/ready of every process; GET /api/v1/events?source=${MONITOR_NAME}`,
    since,
    count,
  };
}
