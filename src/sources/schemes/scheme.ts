import type { InboundRequest } from '../source.js';

declare const madeByFactory: unique symbol;

/** A verdict is a value, not an exception: being refused is an expected outcome. */
export type Verdict =
  /** `secretIndex`: which of the source's active secrets matched; -1 where the scheme uses none. */
  | { readonly outcome: 'ok'; readonly secretIndex: number }
  | { readonly outcome: 'missing' | 'malformed' | 'mismatch' | 'stale'; readonly detail: string };

export interface CheckContext {
  /** The source's active secrets, never empty for a scheme that needs one. Every one is tried, in constant time. */
  readonly secrets: readonly string[];
  /** Judge time against this instant. */
  readonly now: Date;
  /** How far a signed timestamp may be off, both ways. */
  readonly toleranceSeconds: number;
}

export interface SignContext {
  readonly secret: string;
  readonly now: Date;
  /** Used by schemes that sign the id (Standard Webhooks). */
  readonly id?: string;
}

/** How a request proves its sender. Only the factories in this folder make one, so no source can write its own crypto. */
export interface Scheme {
  readonly [madeByFactory]: true;
  /** For logs and docs: `hmac-sha256`, `shared-token`, … */
  readonly name: string;
  /** Lower-case names of the headers it reads; a request that repeats one of them is `malformed`. */
  readonly headers: readonly string[];
  /** False only for `unverified`. */
  readonly needsSecret: boolean;
  /** Why a secret cannot be used with this scheme, or `undefined` when it can. Run at start; the message never holds the secret. */
  readonly secretProblem: (secret: string) => string | undefined;
  /** Never throws, whatever the request holds. */
  readonly check: (request: InboundRequest, context: CheckContext) => Verdict;
  /** Headers that make a request with this body genuine: for tests, the demo and signing again. */
  readonly sign: (body: Buffer, context: SignContext) => Record<string, string>;
}
