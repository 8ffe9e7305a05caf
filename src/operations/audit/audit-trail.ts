import { AsyncLocalStorage } from 'node:async_hooks';

/** What a handler can say about the change it makes. */
export interface AuditNote {
  /** What was changed, as the API names it: a public id, a destination's name. */
  readonly target?: string;
  /** As it was and as it is; secrets as fingerprints only. At most 16 KiB each are kept. */
  readonly before?: unknown;
  readonly after?: unknown;
}

const current = new AsyncLocalStorage<{ note: AuditNote }>();

/**
 * Adds to the audit line of the request under way; outside of a mutation it does nothing. A later note wins, field by field.
 * Every mutation has its line without this: who, when, from where, which path, with what result.
 */
export function noteForAudit(note: AuditNote): void {
  const entry = current.getStore();
  if (entry) entry.note = { ...entry.note, ...note };
}

/** Runs `work` and gives back what it noted meanwhile, also when it failed. */
export async function collectingNotes<T>(
  work: () => Promise<T>,
): Promise<{ readonly note: AuditNote; readonly result: PromiseSettledResult<T> }> {
  const entry: { note: AuditNote } = { note: {} };
  const [result] = await current.run(entry, () => Promise.allSettled([work()]));
  return { note: entry.note, result };
}
