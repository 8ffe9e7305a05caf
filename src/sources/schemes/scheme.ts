import type { InboundRequest } from '../source.js';

declare const madeByFactory: unique symbol;

/** A verdict is a value, not an exception: being refused is an expected outcome. `detail` never holds what was sent. */
export type Verdict =
  /** `secretIndex`: which of the source's active secrets matched; -1 where the scheme uses none. */
  | { readonly outcome: 'ok'; readonly secretIndex: number }
  | { readonly outcome: 'missing' | 'malformed' | 'mismatch'; readonly detail: string }
  /** The MAC matched; `ageSeconds` is negative for a time in the future, and NaN when the request's own time is none. */
  | { readonly outcome: 'stale'; readonly detail: string; readonly ageSeconds: number };

export interface CheckContext {
  /** The source's active secrets, never empty for a scheme that needs one. Every one is tried, in constant time. */
  readonly secrets: readonly string[];
  /** Judge time against this instant. */
  readonly now: Date;
  /** How far a signed timestamp may be off, both ways. */
  readonly toleranceSeconds: number;
}

export interface SignContext {
  /** The secret; of schemes with a `signingKey`, the private key. */
  readonly secret: string;
  readonly now: Date;
  /** Used by schemes that sign the id (Standard Webhooks). */
  readonly id?: string;
  /** Where the request goes, with its query; needed by schemes that sign it. */
  readonly url?: string;
  /** Upper-case HTTP method. Default `POST`. */
  readonly method?: string;
  /**
   * The other headers of the request. A scheme that knows several names for its header signs under the one that is
   * already here (so a request signed again looks like the original), else under its first.
   */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** How a request proves its sender. Only the factories in this folder make one, so no source can write its own crypto. */
export interface Scheme {
  readonly [madeByFactory]: true;
  /** For logs and docs: `hmac-sha256`, `shared-token`, … */
  readonly name: string;
  /** What is signed, in words and `{placeholders}`, for people who look for a mistake: `{timestamp}.{body}`. */
  readonly covers: string;
  /** Lower-case names of the headers it reads; a request that repeats one of them is `malformed`. */
  readonly headers: readonly string[];
  /** Those of `headers` that carry the secret itself: never stored, logged or sent on. */
  readonly secretHeaders: readonly string[];
  /** False only for `unverified`. */
  readonly needsSecret: boolean;
  /** Whether another body makes the request a forgery. False for bearer tokens. */
  readonly signsBody: boolean;
  /** Whether a time is signed, so that an old request can be refused as `stale`. */
  readonly signsTime: boolean;
  /** Whether the URL is signed, so that a source without a public URL can verify nothing. */
  readonly signsUrl?: boolean;
  /** Only on `unverified`: the stated reason, for the warning at start. */
  readonly because?: string;
  /** Why a secret cannot be used with this scheme, or `undefined` when it can. Run at start; the message never holds the secret. */
  readonly secretProblem: (secret: string) => string | undefined;
  /** A secret of the right shape, always the same for the same seed: for tests and the demo, never for production. */
  readonly exampleSecret: (seed: string) => string;
  /** Only where keys come in pairs: the private half, which signs. The secret of a source is then the public half. */
  readonly signingKey?: {
    readonly problem: (key: string) => string | undefined;
    /** Belongs to the `exampleSecret` of the same seed. */
    readonly example: (seed: string) => string;
  };
  /** Never throws, whatever the request holds. */
  readonly check: (request: InboundRequest, context: CheckContext) => Verdict;
  /** Headers that make a request with this body genuine: for tests, the demo and signing again. Throws on a secret that is none. */
  readonly sign: (body: Buffer, context: SignContext) => Record<string, string>;
  /**
   * Only where the signature or its time stands in the body: the body with both, to be sent with what `sign` gives for it.
   * JSON may be written anew. A body without room for them is returned as it is.
   */
  readonly signBody?: (body: Buffer, context: SignContext) => Buffer;
}

/** What a factory hands to `makeScheme`. */
export type SchemeParts = Omit<Scheme, typeof madeByFactory>;

/** Longest header a scheme looks at, in characters: eight Standard Webhooks signatures need about 400. */
const MAX_HEADER_LENGTH = 4096;

/** A set instead of a property: `{ ...hmac(…), check: () => ok }` would copy a property. */
const made = new WeakSet<object>();

/**
 * Brands a scheme and puts the checks that all schemes share before its own: a header that it reads may come once only
 * (a joined value can half-parse) and may not be longer than `MAX_HEADER_LENGTH`. For the factories in this folder.
 */
export function makeScheme(parts: SchemeParts): Scheme {
  for (const name of parts.headers) {
    if (name !== name.toLowerCase() || name === '') throw new TypeError(`header name '${name}' must be lower case`);
  }
  const check: SchemeParts['check'] = (request, context) =>
    headerProblem(parts, request) ?? parts.check(request, context);
  const scheme = Object.freeze({ ...parts, check }) as unknown as Scheme;
  made.add(scheme);
  return scheme;
}

/** Whether a value was made by one of the factories in this folder. */
export function isScheme(value: unknown): value is Scheme {
  return typeof value === 'object' && value !== null && made.has(value);
}

function headerProblem({ headers }: SchemeParts, request: InboundRequest): Verdict | undefined {
  for (const name of headers) {
    const value: unknown = request.headers[name];
    if (request.repeated.has(name)) return { outcome: 'malformed', detail: `${name} came more than once` };
    if (value === undefined) continue;
    if (typeof value !== 'string') return { outcome: 'malformed', detail: `${name} is not text` };
    if (value.length > MAX_HEADER_LENGTH) return { outcome: 'malformed', detail: `${name} is too long` };
  }
  return undefined;
}
