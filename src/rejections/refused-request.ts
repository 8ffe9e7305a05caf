import type { Source } from '../routing/topology.js';
import type { Verdict } from '../sources/schemes/scheme.js';
import type { InboundRequest } from '../sources/source.js';

export type Refusing = Exclude<Verdict, { outcome: 'ok' }>;

/** A request that was refused, or taken in shadow mode, and is kept as a sample. */
export interface RefusedRequest {
  /** The sample's, in its stored form. */
  readonly id: string;
  readonly source: Source;
  /** With the body's own bytes, no more than `SAMPLED_BODY_BYTES` of them. */
  readonly request: InboundRequest;
  readonly verdict: Refusing;
  /** Of the whole body. */
  readonly bodyLength: number;
  /** The event it became all the same, in its stored form. */
  readonly eventId: string | undefined;
}

/** What is kept of a body. One that is longer is cut, and can then neither be looked into nor verified again. */
export const SAMPLED_BODY_BYTES = 128 * 1024;

/** Nearly right: complete and well-formed, only that no secret matches or the time is off. */
export function isNearMiss({ outcome }: Refusing): boolean {
  return outcome === 'mismatch' || outcome === 'stale';
}
