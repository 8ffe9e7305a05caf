/** What one look found. `skipped`: it could not be looked at, for a reason that another finding names. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly says: string;
  /** What to do about it. */
  readonly cure?: string;
}

export function ok(check: string, says: string): Finding {
  return { check, verdict: 'ok', says };
}

export function skipped(check: string, says: string): Finding {
  return { check, verdict: 'skipped', says };
}

export function warning(check: string, says: string, cure: string): Finding {
  return { check, verdict: 'warning', says, cure };
}

export function failed(check: string, says: string, cure: string): Finding {
  return { check, verdict: 'failed', says, cure };
}
