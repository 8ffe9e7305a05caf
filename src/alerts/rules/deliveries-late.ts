import { formatDuration } from '../../config/duration.js';
import type { DestinationFacts } from '../facts/destination-facts.js';
import { CLEAR_AFTER_MS, type Rule } from '../rule.js';

/** Deliveries are due for longer than the limit, and neither pause, breaker nor a missing handler is the reason. */
export const deliveriesLate: Rule<readonly DestinationFacts[]> = {
  rule: 'deliveries_late',
  section: 'deliveries-are-late',
  clearAfterMs: CLEAR_AFTER_MS,
  observe: (facts, { now, settings }) =>
    facts.flatMap(({ name, overdueSince, absentSince, pending }) =>
      overdueSince === null ||
      absentSince !== null ||
      now.getTime() - overdueSince.getTime() <= settings.oldestOverdueMs
        ? []
        : [
            {
              subject: name,
              severity: 'critical',
              summary: `Deliveries to ${name} have been due for more than ${formatDuration(settings.oldestOverdueMs)} and are not sent.`,
              action: `GET /api/v1/destinations/${name}; is a worker up (GET /health/ready)?`,
              since: overdueSince,
              count: pending,
            },
          ],
    ),
};
