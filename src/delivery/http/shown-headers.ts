import type { ClaimedDelivery } from '../../queue/claimed-delivery.js';
import type { HttpDestination } from '../../routing/topology.js';
import { secretsIn } from './destination-secrets.js';
import { REDACTED } from './response-excerpt.js';

/** What we say in a request that is neither a secret nor a signature. */
const OURS = new Set(
  'content-type hookyard-attempt hookyard-replay hookyard-test hookyard-verified idempotency-key traceparent user-agent webhook-id webhook-timestamp'.split(
    ' ',
  ),
);

/**
 * The headers that went out, for a person to look at: all of their names, and of values only what is known to be harmless, so that
 * a header which is added one day is hidden until somebody says otherwise. Hidden are signatures and the destination's own headers.
 */
export function shownHeaders(
  sent: Readonly<Record<string, string>>,
  { headers: kept, signatureHeaders }: Pick<ClaimedDelivery, 'headers' | 'signatureHeaders'>,
  destination: HttpDestination,
): Record<string, string> {
  const secrets = secretsIn(destination);
  const isHarmless = (name: string, value: string): boolean =>
    (OURS.has(name) || (Object.hasOwn(kept, name) && !Object.hasOwn(signatureHeaders, name))) &&
    !Object.hasOwn(destination.headers, name) &&
    !secrets.some((secret) => value.includes(secret));
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name, isHarmless(name, value) ? value : REDACTED]),
  );
}
