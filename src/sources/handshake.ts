/** The engine's part in handshakes: requests that ask something of us before, or between, events. None of them is stored. */
import { mediaType, parseBody } from './parse-body.js';
import { handshakeReply, type HandshakeAnswer, type Reply } from './reply.js';
import type { Verdict } from './schemes/scheme.js';
import type { InboundRequest, SourceDescription } from './source.js';

const FORM = 'application/x-www-form-urlencoded';
/** Looked at although nobody has signed it, so little is. */
const MAX_UNSIGNED_BYTES = 4096;

/** Whether a source of this description takes GET. */
export function takesGet(description: SourceDescription): boolean {
  return description.challenge?.get !== undefined;
}

/** The answer to a GET of this target (`/webhooks/meta?hub.mode=…`); `undefined`: it is refused. */
export function answerGet(description: SourceDescription, target: string): Reply | undefined {
  const query = queryOf(target);
  return attempt(() => description.challenge?.get?.({ query }));
}

/** The answer to a verified POST that is a handshake; `undefined`: it is an event. */
export function answerPost(description: SourceDescription, request: InboundRequest): Reply | undefined {
  const ask = description.challenge?.post;
  if (ask === undefined) return undefined;
  const { headers, body, receivedAt } = request;
  const { payload } = parseBody(headers['content-type'], body, description.formField);
  return attempt(() => ask({ headers, body, payload, whole: payload, receivedAt }));
}

/**
 * The answer to a POST without any signature by which a sender only looks whether somebody is there: an empty 200. What else
 * it holds is never looked at, or a stranger could smuggle an event in.
 */
export function answerUnsigned(
  { challenge, scheme }: SourceDescription,
  { headers, body }: InboundRequest,
  verdict: Verdict,
): Reply | undefined {
  const fields = challenge?.unsigned;
  if (fields === undefined || verdict.outcome !== 'missing' || body.length > MAX_UNSIGNED_BYTES) return undefined;
  // A signature that is there, even half of one, has to hold.
  if (scheme.headers.some((name) => headers[name] !== undefined)) return undefined;
  if (mediaType(headers['content-type']) !== FORM) return undefined;
  const form = parseBody(headers['content-type'], body).payload as Readonly<Record<string, unknown>> | undefined;
  const asked = Object.entries(fields).every(([name, value]) => form?.[name] === value);
  return asked ? { status: 200 } : undefined;
}

/** A name that stands twice has no one value, and counts as missing. Names are taken literally: `hub.mode` is no path. */
function queryOf(target: string): Readonly<Record<string, string | undefined>> {
  const mark = target.indexOf('?');
  const params = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  const single = [...params].filter(([name]) => params.getAll(name).length === 1);
  return Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(single));
}

/** What a description throws on a strange request means: this is no handshake. */
function attempt(ask: () => HandshakeAnswer | undefined): Reply | undefined {
  try {
    return handshakeReply(ask());
  } catch {
    return undefined;
  }
}
