import { CLEAR_AFTER_MS, type Rule } from '../rule.js';

/** The first end of a destination's certificates: its CA's, the client's, its proxy's. */
export interface CertificateFacts {
  readonly destination: string;
  readonly endsAt: Date;
}

const SOON_MS = 30 * 86_400_000;

/** A certificate that deliveries need ends within 30 days, or has ended. */
export const certificateEnding: Rule<readonly CertificateFacts[]> = {
  rule: 'certificate_ending',
  section: 'a-certificate-ends',
  clearAfterMs: CLEAR_AFTER_MS,
  observe: (facts, { now }) =>
    facts
      .filter(({ endsAt }) => endsAt.getTime() - now.getTime() <= SOON_MS)
      .map(({ destination, endsAt }) => ({
        subject: destination,
        severity: endsAt < now ? 'critical' : 'warning',
        summary: `A certificate of ${destination} ${endsAt < now ? 'ended' : 'ends'} on ${endsAt.toISOString()}.`,
        action: 'Replace the file or variable that hookyard.yaml names under tls or proxy, then restart.',
        since: now,
        count: 1,
      })),
};
