import { hash } from 'node:crypto';
import type { BodyFormat } from './parse-body.js';
import { boundedText, safeId } from './safe-text.js';
import type { InboundRequest, SourceDescription, VerifiedRequest } from './source.js';
import type { BodyPart } from './split-body.js';

/** How long equal bodies without an id are one event, unless the source type says otherwise. */
const DEFAULT_DEDUPE_WINDOW_HOURS = 24;

/** The type of an event whose sender named none, or whose body cannot be read. */
export const UNPARSED = 'unparsed';

/** Longest texts of an event, in bytes of UTF-8: what an index entry of Postgres has room for. */
const MAX_BYTES = {
  type: 256,
  subject: 512,
  tenant: 256,
  apiVersion: 128,
  contentType: 256,
  header: 1024,
  signature: 4096,
};

/** One event as it is stored. Every text is one that Postgres' `text` and `jsonb` accept, and is bounded in length. */
export interface NormalisedEvent {
  /** Unique within the source: the sender's id, `sha256:<hex>` of an unusable one, or `sha256:<hex of the body>@<window start>`. */
  readonly externalId: string;
  /** `unparsed` when there is none. */
  readonly type: string;
  readonly subject: string | undefined;
  readonly tenant: string | undefined;
  /** Years 1 to 9999. */
  readonly occurredAt: Date | undefined;
  readonly apiVersion: string | undefined;
  readonly livemode: boolean | undefined;
  /** What the source keeps, and `content-type` and `user-agent`. Never a bearer secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** What a receiver needs to verify the sender's signature itself. */
  readonly signatureHeaders: Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
  /** 32 bytes; of the event's own bytes, where it is a part of a body. */
  readonly bodySha256: Buffer;
  readonly bodyFormat: BodyFormat;
  /** Which part of the request's body it is; `undefined`: all of it. */
  readonly part: BodyPart | undefined;
}

/** An event with its parsed body, which is looked at on the way and not stored with it. */
export interface InterpretedEvent extends NormalisedEvent {
  /** Of the event's own bytes; see `VerifiedRequest.payload`. */
  readonly payload: unknown;
}

/** One event of a body, parsed. */
export interface ParsedEvent {
  readonly body: Buffer;
  readonly payload: unknown;
  readonly format: BodyFormat;
  readonly whole: unknown;
  readonly part?: BodyPart;
  /** False where `payload` is only an example of what is in the body, whose id is not the body's. */
  readonly isNamed: boolean;
}

/** What names the events of one request: what they share is worked out once. */
export function namerOf(
  description: SourceDescription,
  request: InboundRequest,
): (event: ParsedEvent) => InterpretedEvent {
  const { receivedAt } = request;
  const { keep = [], signature = [], secret = [] } = description.headers ?? {};
  const headers = secret.length === 0 ? request.headers : without(request.headers, secret);
  const shared = {
    headers: pick(headers, ['content-type', 'user-agent', ...keep], MAX_BYTES.header),
    signatureHeaders: pick(headers, signature, MAX_BYTES.signature),
    contentType: boundedText(headers['content-type'], MAX_BYTES.contentType),
  };
  const { externalId, eventType, occurredAt, subject, tenant, apiVersion, livemode } = description;
  return ({ body, payload, format, whole, part, isNamed }) => {
    const seen: VerifiedRequest = { headers, body, payload, whole, receivedAt };
    const bodySha256 = hash('sha256', body, 'buffer');
    const live = answer(livemode, seen);
    return {
      externalId:
        (isNamed ? safeId(answer(externalId, seen)) : undefined) ??
        bodyId(bodySha256, receivedAt, description.dedupeWindowHours),
      type: boundedText(answer(eventType, seen), MAX_BYTES.type) ?? UNPARSED,
      subject: boundedText(answer(subject, seen), MAX_BYTES.subject),
      tenant: boundedText(answer(tenant, seen), MAX_BYTES.tenant),
      occurredAt: storableDate(answer(occurredAt, seen)),
      apiVersion: boundedText(answer(apiVersion, seen), MAX_BYTES.apiVersion),
      livemode: typeof live === 'boolean' ? live : undefined,
      ...shared,
      bodySha256,
      bodyFormat: format,
      part,
      payload: isNamed ? payload : whole,
    };
  };
}

/** A description is code of other people that meets payloads of other people: its exception costs a field, not the event. */
function answer<T>(question: ((request: VerifiedRequest) => T) | undefined, request: VerifiedRequest): T | undefined {
  try {
    return question?.(request);
  } catch {
    return undefined;
  }
}

/** Windows are aligned to the epoch, so that every process computes the same one. */
function bodyId(bodySha256: Buffer, receivedAt: Date, windowHours = DEFAULT_DEDUPE_WINDOW_HOURS): string {
  const windowMs = windowHours * 3_600_000;
  const start = new Date(Math.floor(receivedAt.getTime() / windowMs) * windowMs);
  return `sha256:${bodySha256.toString('hex')}@${start.toISOString()}`;
}

/** Outside these years the ISO form has a sign that Postgres does not read; NaN fails both comparisons. */
function storableDate(value: unknown): Date | undefined {
  if (!(value instanceof Date)) return undefined;
  const year = value.getUTCFullYear();
  return year >= 1 && year <= 9999 ? value : undefined;
}

function without(headers: InboundRequest['headers'], names: readonly string[]): InboundRequest['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

function pick(headers: InboundRequest['headers'], names: readonly string[], maxBytes: number): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = boundedText(headers[name], maxBytes);
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
