/** Ten tries over about three hours; what cannot be said in that time is shown by the API and the digest. */
const MOST_ATTEMPTS = 10;

const FIRST_MS = 5_000;
const LONGEST_MS = 30 * 60_000;

/** How long to wait after the `attempts`-th failed try; `undefined`: it is given up. */
export function backoffMs(attempts: number): number | undefined {
  if (attempts >= MOST_ATTEMPTS) return undefined;
  return Math.min(FIRST_MS * 3 ** (attempts - 1), LONGEST_MS);
}
