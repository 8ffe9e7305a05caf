import type { SourceFacts } from '../facts/source-facts.js';
import type { Rule } from '../rule.js';

/** Fewer than this in fifteen minutes is noise on any public address. */
const LEAST = 30;
const TIMES_USUAL = 5;

/** Many more requests of a source are refused than usually are. */
export const rejectionSpike: Rule<readonly SourceFacts[]> = {
  rule: 'rejection_spike',
  section: 'signatures-are-refused',
  clearAfterMs: 5 * 60_000,
  observe: (facts, { now }) =>
    facts
      .filter(({ refusedNow, refusedUsually }) => refusedNow >= LEAST && refusedNow > TIMES_USUAL * refusedUsually)
      .map(({ name, refusedNow }) => ({
        subject: name,
        severity: 'warning',
        summary:
          name === '(unknown)'
            ? 'Many requests name a source that is not there.'
            : `Many requests to ${name} are refused; usually fewer than a fifth of that are.`,
        action:
          name === '(unknown)'
            ? 'Look for webhook.refused in the log.'
            : `GET /api/v1/rejections?source=${name}; the codes in hookyard_refusals_total, or webhook.refused in the log.`,
        since: new Date(now.getTime() - 15 * 60_000),
        count: refusedNow,
      })),
};
