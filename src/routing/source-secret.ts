import type { SecretBox } from '../database/secret-box.js';

/** One of a source's secrets, as requests are verified with it. */
export interface SourceSecret {
  readonly value: string;
  /** Names it without giving it away; see `SecretBox.fingerprints`. */
  readonly fingerprint: string;
  readonly label: string | undefined;
  /** From then on it matches nothing. */
  readonly notAfter: Date | undefined;
}

/** A secret that was taken out of the configuration; kept for a while, only to recognise a sender that still uses it. */
export interface PreviousSecret {
  readonly value: string;
  readonly fingerprint: string;
  readonly label: string | undefined;
}

/** A secret as a source's row holds it, sealed. */
export interface StoredSecret {
  readonly value: string;
  readonly label?: string;
  readonly notAfter?: string;
}

/** One that was taken out, as a source's row holds it, sealed. */
export interface StoredPreviousSecret {
  readonly value: string;
  readonly label?: string;
  readonly removedAt: string;
}

const PREVIOUS_KEPT = 5;
const PREVIOUS_KEPT_MS = 30 * 86_400_000;

/** The secrets that count at an instant. An expired one never matches, so it is not even tried. */
export function activeSecrets(secrets: readonly SourceSecret[], now: Date): readonly SourceSecret[] {
  return secrets.filter(({ notAfter }) => notAfter === undefined || now <= notAfter);
}

/** Opens what `applySource` sealed. */
export function readSecrets(box: SecretBox, sealed: Buffer): SourceSecret[] {
  return openSecrets(box, sealed).map(({ value, label, notAfter }) => ({
    value,
    fingerprint: box.fingerprints(value)[0],
    label,
    notAfter: notAfter === undefined ? undefined : new Date(notAfter),
  }));
}

/** Opens what `stillPrevious` gave; nothing when there is none, or none that this process can open. */
export function readPrevious(box: SecretBox, sealed: Buffer | null): PreviousSecret[] {
  return openPrevious(box, sealed).map(({ value, label }) => ({
    value,
    label,
    fingerprint: box.fingerprints(value)[0],
  }));
}

/**
 * What is remembered of a source's former secrets when it gets new ones: the five last taken out, for 30 days.
 * `now`: the database's.
 */
export function stillPrevious(
  box: SecretBox,
  before: { readonly secrets_sealed: Buffer; readonly previous_secrets_sealed: Buffer | null },
  active: readonly StoredSecret[],
  now: Date,
): StoredPreviousSecret[] {
  const inForce = new Set(active.map(({ value }) => value));
  const takenOut = openOrNone(() => openSecrets(box, before.secrets_sealed)).map(({ value, label }) => ({
    value,
    label,
    removedAt: now.toISOString(),
  }));
  const earlier = openPrevious(box, before.previous_secrets_sealed).filter(
    ({ removedAt }) => now.getTime() - Date.parse(removedAt) < PREVIOUS_KEPT_MS,
  );
  const seen = new Set<string>();
  return [...takenOut, ...earlier]
    .filter(({ value }) => !inForce.has(value) && !seen.has(value) && seen.add(value))
    .slice(0, PREVIOUS_KEPT);
}

function openSecrets(box: SecretBox, sealed: Buffer): StoredSecret[] {
  return box.open(sealed) as StoredSecret[];
}

function openPrevious(box: SecretBox, sealed: Buffer | null): StoredPreviousSecret[] {
  return sealed === null ? [] : openOrNone(() => box.open(sealed) as StoredPreviousSecret[]);
}

/** Sealed with a lost key: what it said is lost, which must not keep the new secrets from being written. */
function openOrNone<T>(open: () => T[]): T[] {
  try {
    return open();
  } catch {
    return [];
  }
}
