/** What is known of one of a source's secrets; never the secret. */
export interface SecretState {
  readonly fingerprint: string;
  readonly label: string | undefined;
  readonly notAfter: Date | undefined;
  /** `undefined`: never, as far as is known. */
  readonly lastMatchedAt: Date | undefined;
}

/** A secret that ends soon, and why somebody should care. */
export interface EndingSecret extends SecretState {
  /** No other secret that its sender uses outlives it: from then on everything is refused. */
  readonly isLast: boolean;
}

const WARN_BEFORE_MS = 14 * 86_400_000;
/** A sender that used a secret within this long is taken to use it still. */
const IN_USE_MS = 7 * 86_400_000;

/**
 * Which of a source's secrets end within two weeks although they are needed: because the sender still uses them, or because none
 * that it uses outlives them. A source whose sender never sent anything is judged as if it used all of them.
 */
export function endingSecrets(secrets: readonly SecretState[], now: Date): EndingSecret[] {
  const active = secrets.filter((secret) => endOf(secret) >= now.getTime());
  const seen = active.filter(({ lastMatchedAt }) => isRecent(lastMatchedAt, now));
  const used = seen.length > 0 ? seen : active;
  const lastEnd = Math.max(...used.map(endOf));
  return used
    .filter((secret) => endOf(secret) - now.getTime() <= WARN_BEFORE_MS)
    .map((secret) => ({ ...secret, isLast: endOf(secret) === lastEnd }))
    .filter(({ isLast }) => isLast || seen.length > 0);
}

/** Whether a source had secrets and all of them are past their end: it refuses everything. */
export function allEnded(secrets: readonly SecretState[], now: Date): boolean {
  return secrets.length > 0 && secrets.every((secret) => endOf(secret) < now.getTime());
}

function isRecent(instant: Date | undefined, now: Date): boolean {
  return instant !== undefined && now.getTime() - instant.getTime() <= IN_USE_MS;
}

function endOf({ notAfter }: SecretState): number {
  return notAfter?.getTime() ?? Number.POSITIVE_INFINITY;
}
