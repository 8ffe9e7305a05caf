import type { HttpDestination } from '../../routing/topology.js';

/** Shorter ones are words that an answer may well hold by itself. */
const SHORTEST_SECRET = 8;
/** Of a URL's path only what looks like a token: chat services put one there. */
const SHORTEST_TOKEN = 16;

/**
 * What a destination was told or is called by that must not be kept when it comes back in an answer (error pages repeat
 * requests): values of its headers, with and without their scheme, its signing secrets, tokens in its URL. Longest first.
 */
export function secretsIn(destination: HttpDestination): string[] {
  const { headers, signingSecrets, resignWith, url } = destination;
  const values = Object.values(headers).flatMap((value) => [value, value.replace(/^[A-Za-z]+ /, '')]);
  const known = [
    ...values,
    ...signingSecrets.map(({ value }) => value),
    resignWith ?? '',
    ...url.searchParams.values(),
  ];
  const tokens = url.pathname.split('/').filter((part) => part.length >= SHORTEST_TOKEN);
  return [...new Set([...known.filter((secret) => secret.length >= SHORTEST_SECRET), ...tokens])].toSorted(
    (a, b) => b.length - a.length,
  );
}
