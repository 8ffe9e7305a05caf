import { PAUSED_BY_ANSWER, PAUSED_UNDECLARED } from '../../queue/pause-reasons.js';
import type { DestinationFacts } from '../facts/destination-facts.js';
import { CLEAR_AFTER_MS, type Rule } from '../rule.js';

/** A destination was paused, but not by a person: it said that it is gone (410), or it left the configuration. */
export const destinationPaused: Rule<readonly DestinationFacts[]> = {
  rule: 'destination_paused',
  section: 'a-destination-is-paused',
  clearAfterMs: CLEAR_AFTER_MS,
  observe: (facts) =>
    facts.flatMap(({ name, pausedAt, pauseReason, pending }) =>
      pausedAt === null || (pauseReason !== PAUSED_BY_ANSWER && pauseReason !== PAUSED_UNDECLARED)
        ? []
        : [
            {
              subject: name,
              severity: 'warning',
              summary:
                pauseReason === PAUSED_UNDECLARED
                  ? `${name} is paused: it is no longer declared in hookyard.yaml.`
                  : `${name} is paused: ${pauseReason}.`,
              action: `POST /api/v1/destinations/${name}/resume, or take it out for good: DELETE /api/v1/destinations/${name}`,
              since: pausedAt,
              count: pending,
            },
          ],
    ),
};
