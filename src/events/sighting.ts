import { createHash } from 'node:crypto';
import type { NormalisedEvent } from '../sources/name-event.js';

/** `held_reason` of deliveries of a body that had come before under another id. A person releases or cancels them. */
export const HELD_AS_REPLAY = 'suspected_replay';

/** The body of an event whose sender does not sign the id, as it is remembered for a while. */
export interface Sighting {
  /** 64 hex digits: of type, tenant and body. Equal ones of one source under different ids are suspected replays. */
  readonly fingerprint: string;
  /** How long the sender may send the same event again. */
  readonly windowHours: number;
  /** With so many different ids the deliveries still go out; those of later ids are held. */
  readonly holdAfter: number;
}

/** What a source does with suspected replays: delivers all, holds all, or holds when they become many. */
export type ReplayPolicy = 'deliver' | 'hold' | 'auto';

/** Ids of one body that a row names; also what `auto` puts up with, and one more. */
export const IDS_NAMED = 6;
const HOLD_AFTER: Readonly<Record<ReplayPolicy, number>> = { deliver: 2 ** 31 - 1, hold: 1, auto: IDS_NAMED - 1 };

/** Type and tenant belong to it: senders send equal bodies as different events (`orders/create`, `orders/paid`). */
export function sightingOf(
  { type, tenant, bodySha256 }: NormalisedEvent,
  policy: ReplayPolicy,
  windowHours: number,
): Sighting {
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([type, tenant ?? null]))
    .update(bodySha256)
    .digest('hex');
  return { fingerprint, windowHours, holdAfter: HOLD_AFTER[policy] };
}
