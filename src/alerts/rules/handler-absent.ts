import type { DestinationFacts } from '../facts/destination-facts.js';
import { CLEAR_AFTER_MS, type Rule } from '../rule.js';

/** Deliveries wait for a handler that no process has had for ten minutes. */
export const handlerAbsent: Rule<readonly DestinationFacts[]> = {
  rule: 'handler_absent',
  section: 'a-handler-is-missing',
  clearAfterMs: CLEAR_AFTER_MS,
  observe: (facts) =>
    facts.flatMap(({ name, absentSince, pending, undeclaredAt }) =>
      absentSince === null || pending === 0 || undeclaredAt !== null
        ? []
        : [
            {
              subject: name,
              severity: 'critical',
              summary: `No process has the handler ${name}; its deliveries wait.`,
              action: `Deploy a worker that has it; or, renamed: DELETE /api/v1/destinations/${name}`,
              since: absentSince,
              count: pending,
            },
          ],
    ),
};
