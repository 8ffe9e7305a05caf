import type { DeadLetterFacts } from '../facts/dead-letter-facts.js';
import type { Rule } from '../rule.js';

/** Deliveries have died in the last ten minutes: one alert per destination, however many, until none has for ten minutes. */
export const deadLetters: Rule<readonly DeadLetterFacts[]> = {
  rule: 'dead_letters',
  section: 'dead-letters-appeared',
  clearAfterMs: 30_000,
  observe: (facts) =>
    facts
      .filter(({ fresh }) => fresh > 0)
      .map(({ destination, count, since }) => ({
        subject: destination,
        severity: 'warning',
        summary: `Deliveries to ${destination} became dead letters.`,
        action: `GET /api/v1/deliveries?status=dead&destination=${destination}; when it is mended: POST /api/v1/replays {"mode":"retry","filter":{"destination":"${destination}"}}`,
        since,
        count,
      })),
};
