import type { AlertSettings } from '../config/config.js';
import type { Identity, Observation } from './alert.js';

/** When and by what the facts are judged. */
export interface Judging {
  /** The database's clock; of a lookout that is local, the process's. */
  readonly now: Date;
  readonly settings: AlertSettings;
}

/** One kind of thing that can go wrong. Pure: what it sees in the facts, and nothing else. */
export interface Rule<Facts> extends Identity {
  readonly observe: (facts: Facts, judging: Judging) => Observation[];
}

/** Facts, how to get them, and the rules that judge them. */
export interface Lookout<Facts> {
  /** `read` may reject: then nothing is known, and the alerts of these rules stay as they are. */
  readonly read: () => Promise<Facts>;
  readonly rules: readonly Rule<Facts>[];
}

/** How long a cause must be away, where a rule has no reason to say otherwise: four looks. */
export const CLEAR_AFTER_MS = 60_000;

/** A lookout whose facts and rules fit each other, as the watch takes it. */
export type AnyLookout = Lookout<unknown>;

/** Forgets the kind of facts; it was checked here that all rules take what `read` gives. */
export function lookout<Facts>(read: () => Promise<Facts>, rules: readonly Rule<Facts>[]): AnyLookout {
  return { read, rules: rules as readonly Rule<unknown>[] };
}
