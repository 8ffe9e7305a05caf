import { allEnded, endingSecrets, type SecretState } from '../../routing/secret-ends.js';
import { CLEAR_AFTER_MS, type Rule } from '../rule.js';

/** A source and what is known of its secrets. */
export interface SecretFacts {
  readonly source: string;
  readonly secrets: readonly SecretState[];
}

/** A secret that a sender needs ends within two weeks; or all of a source's have ended, and it refuses everything. */
export const secretEnding: Rule<readonly SecretFacts[]> = {
  rule: 'secret_ending',
  section: 'a-secret-ends',
  clearAfterMs: CLEAR_AFTER_MS,
  observe: (facts, { now }) =>
    facts.flatMap(({ source, secrets }) => {
      const isOver = allEnded(secrets, now);
      const ending = isOver ? secrets : endingSecrets(secrets, now);
      const ends = ending.flatMap(({ notAfter }) => (notAfter ? [notAfter.getTime()] : []));
      if (ends.length === 0) return [];
      const label = ending.map((secret) => secret.label ?? secret.fingerprint).join(', ');
      const end = new Date(Math.min(...ends)).toISOString();
      return [
        {
          subject: source,
          severity: isOver ? 'critical' : 'warning',
          summary: isOver
            ? `All secrets of ${source} have ended: it refuses everything.`
            : `A secret of ${source} that its sender needs ends on ${end} (${label}).`,
          action: `GET /api/v1/sources/${source}; change the secret at the sender, or move notAfter in hookyard.yaml`,
          since: isOver ? new Date(Math.max(...ends)) : now,
          count: ending.length,
        },
      ];
    }),
};
