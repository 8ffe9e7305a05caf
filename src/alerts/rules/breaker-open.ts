import type { DestinationFacts } from '../facts/destination-facts.js';
import { CLEAR_AFTER_MS, type Rule } from '../rule.js';

/** A destination's own failures have opened its breaker. (One that an operator holds open is meant to be.) */
export const breakerOpen: Rule<readonly DestinationFacts[]> = {
  rule: 'breaker_open',
  section: 'a-breaker-stays-open',
  // A breaker that closes for a moment between two probes is not mended.
  clearAfterMs: CLEAR_AFTER_MS,
  observe: (facts) =>
    facts.flatMap(({ name, openSince, pausedAt, pending }) =>
      openSince === null || pausedAt !== null
        ? []
        : [
            {
              subject: name,
              severity: 'warning',
              summary: `${name} fails: its breaker is open, nothing is sent to it; waiting deliveries are kept.`,
              action: `GET /api/v1/destinations/${name}; when it is mended: POST /api/v1/destinations/${name}/breaker {"state":"closed","for":"1s"}`,
              since: openSince,
              count: pending,
            },
          ],
    ),
};
