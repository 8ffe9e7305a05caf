import type { SigningSecret } from '../../routing/topology.js';
import { CLEAR_AFTER_MS, type Rule } from '../rule.js';

/** A destination and what its deliveries are signed with. */
export interface SigningFacts {
  readonly destination: string;
  readonly secrets: readonly Pick<SigningSecret, 'label' | 'notAfter'>[];
}

const SOON_MS = 3 * 86_400_000;

/** A signing secret ends within three days. Nobody can see whether the receiver knows the next one, so people are reminded. */
export const signingSecretEnding: Rule<readonly SigningFacts[]> = {
  rule: 'signing_secret_ending',
  section: 'a-signing-secret-ends',
  clearAfterMs: CLEAR_AFTER_MS,
  observe: (facts, { now }) =>
    facts.flatMap(({ destination, secrets }) => {
      const ending = secrets.filter(({ notAfter }) => {
        const leftMs = notAfter === undefined ? Infinity : notAfter.getTime() - now.getTime();
        return leftMs >= 0 && leftMs <= SOON_MS;
      });
      if (ending.length === 0) return [];
      const labels = ending.map(({ label }) => label ?? 'without a label').join(', ');
      const end = new Date(Math.min(...ending.map(({ notAfter }) => notAfter?.getTime() ?? Infinity))).toISOString();
      return [
        {
          subject: destination,
          severity: 'warning',
          summary: `Nothing for ${destination} is signed with a secret of its (${labels}) any more from ${end} on.`,
          action: 'See that the receiver knows the newer secret, or move notAfter in hookyard.yaml, then restart.',
          since: now,
          count: ending.length,
        },
      ];
    }),
};
