/** Why a request was refused, as far as can be found out. Costs many times a verification: only for samples, never on the way in. */
import { bodyVariations } from './body-variations.js';
import { verify } from './interpret.js';
import type { Verdict } from './schemes/scheme.js';
import type { InboundRequest, SourceDescription } from './source.js';

/** What a refusal can turn out to be, from "nothing there" to "all is well but the signature". */
export const REJECTION_REASONS = [
  'missing',
  'malformed',
  'stale',
  'future',
  'expired_secret',
  'previous_secret',
  'other_source',
  'body_changed',
  'wrong',
] as const;

export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** A secret that does not count (any more), under a name that may be shown. */
export interface KnownSecret<Name> {
  readonly value: string;
  readonly name: Name;
}

/** What the request is compared with. `Name` is whatever the caller shows for a secret. */
export interface Suspects<Name> {
  readonly description: SourceDescription;
  /** Active ones. */
  readonly secrets: readonly KnownSecret<Name>[];
  /** Of this source, past their end. */
  readonly expired: readonly KnownSecret<Name>[];
  /** Of this source, taken out of the configuration. */
  readonly previous: readonly KnownSecret<Name>[];
  readonly others: readonly {
    readonly slug: string;
    readonly description: SourceDescription;
    readonly secrets: readonly KnownSecret<Name>[];
  }[];
}

export interface Diagnosis<Name> {
  readonly reason: RejectionReason;
  /** A sentence for people; holds nothing of the request. */
  readonly detail: string;
  /** Only `stale` and `future`: by how much, above 0. */
  readonly offBySeconds?: number;
  /** Which secret matched after all. */
  readonly matched?: Name;
  /** Only `other_source`: its slug. */
  readonly source?: string;
}

/** Secrets of other sources that are tried; with more sources than that, the first ones. */
const MAX_OTHERS = 100;
const ANY_AGE = Number.MAX_SAFE_INTEGER;
const CHANGED = 'something between you and the sender changed the body';

/**
 * Looks for what would have made a refused request genuine. `verdict`: what refused it; `now`: when it came in. Pass a
 * body only whole: of a part nothing can be said but what the verdict says.
 */
export function diagnose<Name>(
  request: InboundRequest,
  verdict: Exclude<Verdict, { outcome: 'ok' }>,
  now: Date,
  suspects: Suspects<Name>,
): Diagnosis<Name> {
  if (verdict.outcome === 'stale') {
    const isFuture = verdict.ageSeconds < 0;
    const offBySeconds = Number.isNaN(verdict.ageSeconds) ? undefined : Math.abs(verdict.ageSeconds);
    return { reason: isFuture ? 'future' : 'stale', detail: verdict.detail, offBySeconds };
  }
  const matching = (description: SourceDescription, known: readonly KnownSecret<Name>[], candidate = request) =>
    matchingName(description, known, candidate, now);
  if (verdict.outcome !== 'mismatch')
    return matchingElsewhere(suspects, matching) ?? { reason: verdict.outcome, detail: verdict.detail };
  const { description, secrets, expired, previous } = suspects;
  const ended = matching(description, expired);
  if (ended) return { reason: 'expired_secret', detail: 'signed with a secret past its notAfter', matched: ended.name };
  const former = matching(description, previous);
  if (former) {
    const detail = 'signed with a secret that was taken out of the configuration';
    return { reason: 'previous_secret', detail, matched: former.name };
  }
  const elsewhere = matchingElsewhere(suspects, matching);
  if (elsewhere) return elsewhere;
  if (description.scheme.signsBody) {
    for (const { body, done } of bodyVariations(request.body)) {
      const match = matching(description, secrets, { ...request, body });
      if (match) return { reason: 'body_changed', detail: `genuine ${done}: ${CHANGED}`, matched: match.name };
    }
  }
  return { reason: 'wrong', detail: verdict.detail };
}

/** By its own scheme with the others' secrets, and by theirs: the sender may call the wrong URL. */
function matchingElsewhere<Name>(
  { description, others }: Suspects<Name>,
  matching: (description: SourceDescription, known: readonly KnownSecret<Name>[]) => KnownSecret<Name> | undefined,
): Diagnosis<Name> | undefined {
  let left = MAX_OTHERS;
  for (const other of others) {
    left -= other.secrets.length;
    if (left < 0) return undefined;
    const match =
      matching(description, other.secrets) ??
      (other.description === description ? undefined : matching(other.description, other.secrets));
    if (match) {
      const detail = `genuine for the source ${other.slug}: the wrong URL, or the wrong secret here`;
      return { reason: 'other_source', detail, matched: match.name, source: other.slug };
    }
  }
  return undefined;
}

function matchingName<Name>(
  description: SourceDescription,
  known: readonly KnownSecret<Name>[],
  request: InboundRequest,
  now: Date,
): KnownSecret<Name> | undefined {
  // A scheme without secrets accepts everything, which says nothing.
  if (known.length === 0 || !description.scheme.needsSecret) return undefined;
  const usable = known.filter(({ value }) => description.scheme.secretProblem(value) === undefined);
  const values = usable.map(({ value }) => value);
  const verdict = verify(description, values, request, { now, toleranceSeconds: ANY_AGE });
  return verdict.outcome === 'ok' ? usable[verdict.secretIndex] : undefined;
}
