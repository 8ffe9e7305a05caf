/**
 * What a sender looks like. A source describes; the engine (`interpret.ts`) acts, in one order that no source can skip or
 * change: raw bytes → verify → parse → identify → normalise. Nothing here knows Nest, a clock, a database or the network.
 */
import type { z } from 'zod';
import type { HandshakeAnswer, Reply } from './reply.js';
import type { Scheme } from './schemes/scheme.js';

/** One request as it came in, before anything is parsed. */
export interface InboundRequest {
  /** Upper-case HTTP method. */
  readonly method: string;
  /** Lower-case names. A header that came more than once holds its values joined with `, `; see `repeated`. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Lower-case names of headers that came more than once. A scheme refuses a request that repeats a header it reads. */
  readonly repeated: ReadonlySet<string>;
  /** The exact bytes received. */
  readonly body: Buffer;
  /**
   * The public URL that the sender called, with its query, for senders that sign it: from configuration (see `publicUrl`),
   * never from `Host` or `X-Forwarded-*`, which anybody can write. `undefined` when it is not configured.
   */
  readonly url?: string;
  /** When the request arrived, from the process's clock. */
  readonly receivedAt: Date;
}

/** What a description's functions see: the request, already verified, and its parsed body. */
export interface VerifiedRequest {
  /** Without those that carry a bearer secret. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes of the event: the body, or this event's part of it where `split` finds several. */
  readonly body: Buffer;
  /**
   * The event, parsed: JSON, or a form as an object (a repeated field is an array). `undefined` when it cannot be parsed.
   * Integers that a JavaScript number would round are strings of their digits. Read it with `field` and `textOf`.
   */
  readonly payload: unknown;
  /** The whole body, parsed: what the events of one body share stands here. Without `split` the same as `payload`. */
  readonly whole: unknown;
  readonly receivedAt: Date;
}

/** Which header names an event keeps; all lower case. */
export interface HeaderPolicy {
  /** Kept on the event and sent along with `payload: raw`. `content-type` and `user-agent` are always kept. */
  readonly keep?: readonly string[];
  /** Kept apart: what a receiver needs to verify the sender's signature itself. Default: the headers that the scheme reads. */
  readonly signature?: readonly string[];
  /** Bearer secrets: never stored, never logged, never sent on. `defineSource` adds those that the scheme names. */
  readonly secret?: readonly string[];
}

/** What a source's options may decide; its name, limits and documentation belong to the type. */
export type Configured = Partial<
  Pick<
    SourceDescription,
    | 'scheme'
    | 'externalId'
    | 'eventType'
    | 'occurredAt'
    | 'subject'
    | 'tenant'
    | 'unsigned'
    | 'headers'
    | 'split'
    | 'challenge'
    | 'reply'
  >
>;

/** Requests that ask instead of telling, and how they are answered. They are never stored. See `handshake.ts`. */
export interface Challenge {
  /** A GET, which nothing signs: answer only what repeats a token of ours (`isToken`). With it the source takes GET. */
  readonly get?: (request: HandshakeRequest) => HandshakeAnswer | undefined;
  /** A verified POST; an answer says that it is no event. */
  readonly post?: (request: VerifiedRequest) => HandshakeAnswer | undefined;
  /** The fields of a form that comes without any signature, to see whether somebody is there: answered with an empty 200. */
  readonly unsigned?: Readonly<Record<string, string>>;
}

/** A GET. */
export interface HandshakeRequest {
  /** By name, decoded, taken literally; one that stands twice is missing. */
  readonly query: Readonly<Record<string, string | undefined>>;
}

/** All that Hookyard needs to know of a sender. Made by `defineSource`. */
export interface SourceDescription<Options = unknown> {
  /** Stable name, `[a-z][a-z0-9-]*`; what `type:` says in hookyard.yaml. */
  readonly type: string;
  /** The sender's own page on verifying its webhooks. */
  readonly docs: string;
  /** How a request proves who sent it. Required: a sender that does not sign says `unverified({ because })`. */
  readonly scheme: Scheme;
  /** The sender's id of this event, unique within the source; include tenant or mode where the id is unique only within them. */
  readonly externalId: (request: VerifiedRequest) => string | undefined;
  /** The event's type in the sender's words, e.g. `invoice.paid`. */
  readonly eventType: (request: VerifiedRequest) => string | undefined;
  /** When it happened, by the sender's clock; years 1 to 9999. */
  readonly occurredAt?: (request: VerifiedRequest) => Date | undefined;
  /** What the event is about, e.g. an object's id. */
  readonly subject?: (request: VerifiedRequest) => string | undefined;
  /** Whose event it is where one source serves many: shop, account, workspace. */
  readonly tenant?: (request: VerifiedRequest) => string | undefined;
  /** The version of the sender's API that shaped the body. */
  readonly apiVersion?: (request: VerifiedRequest) => string | undefined;
  /** False for events of the sender's test mode. */
  readonly livemode?: (request: VerifiedRequest) => boolean | undefined;
  /** Where a form carries the event as JSON in one field (`payload=…`): that field's name. The payload is then this JSON. */
  readonly formField?: string;
  /**
   * Where a body may hold several events: the JSON pointer of the list, the empty one if the body is the list. Each element
   * is then an event, for which the functions here are asked one by one; a body without such a list is one event.
   */
  readonly split?: string;
  /** How the sender's handshakes are answered. */
  readonly challenge?: Challenge;
  /** What the sender is answered for what is stored, now or before. Default: `{"id":"evt_…","status":"accepted"}`. */
  readonly reply?: Reply;
  /** Per-source options from hookyard.yaml, validated at start. An option `url` is the source's public URL, see `publicUrl`. */
  readonly options?: z.ZodType<Options>;
  /** What the options of one source change in its description, scheme included. Applied once, by `configureSource`. */
  configure?(options: Options): Configured;
  /** How far a signed timestamp may be off, both ways, in seconds. Default 300. Unused where the scheme signs no time. */
  readonly toleranceSeconds?: number;
  /** For requests without an id: equal bodies within this many hours are one event. Default 24. */
  readonly dedupeWindowHours?: number;
  /**
   * Where the id is `unsigned`: for how long the sender may send an event again. Equal bodies under different ids within it are
   * suspected replays. Default 24.
   */
  readonly redeliveryHours?: number;
  /** Largest body in bytes, 25 MiB at most. Default 5 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * What the signature leaves unprotected: which of id, type and tenant comes from a header that nothing signs; and `body`,
   * with all that stands in it, which `defineSource` adds where the scheme does not sign it. Where the body repeats such a
   * header, the description believes the body; an event that contradicts itself has no type.
   */
  readonly unsigned?: readonly ('id' | 'type' | 'tenant' | 'body')[];
  readonly headers?: HeaderPolicy;
}
