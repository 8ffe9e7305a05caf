/** What a sender is answered where our own acknowledgement would not do. Nothing here is made of more than a bounded text. */

/** What a constant answer may be; nothing that a browser would run. */
export const REPLY_CONTENT_TYPES = [
  'text/plain; charset=utf-8',
  'text/xml; charset=utf-8',
  'application/json',
] as const;

/** A constant answer. A body needs its content type, and 204 has none. */
export interface Reply {
  /** 200 to 299. */
  readonly status: number;
  readonly contentType?: (typeof REPLY_CONTENT_TYPES)[number] | undefined;
  /** Default: empty. At most 256 characters. */
  readonly body?: string | undefined;
}

/** How a handshake is answered: with a text of the request (200, `text/plain`), or with a bare status. */
export type HandshakeAnswer = { readonly echo: string } | { readonly status: number };

const MAX_CONSTANT = 256;
/** One line of visible ASCII: what senders give out as challenges, and too little to be anything else in somebody's browser. */
const ECHOABLE = /^[\x20-\x7e]{1,512}$/;

/** Why a constant answer cannot be one, a sentence each. */
export function replyProblems({ status, contentType, body = '' }: Reply): string[] {
  const problems: string[] = [];
  if (!isSuccess(status)) problems.push('reply.status must be a whole number from 200 to 299');
  if (contentType !== undefined && !REPLY_CONTENT_TYPES.includes(contentType))
    problems.push(`reply.contentType must be one of ${REPLY_CONTENT_TYPES.join(', ')}`);
  if (body.length > MAX_CONSTANT) problems.push(`reply.body must have at most ${MAX_CONSTANT} characters`);
  if (body !== '' && (contentType === undefined || status === 204))
    problems.push('reply.body needs a contentType, and a status other than 204');
  return problems;
}

/**
 * The answer to a handshake as it goes out; `undefined` when it is none: nothing, a text that may not be echoed, another
 * status than 2xx. Then the request is treated as if it were no handshake.
 */
export function handshakeReply(answer: HandshakeAnswer | undefined): Reply | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  if ('status' in answer) return isSuccess(answer.status) ? { status: answer.status } : undefined;
  const { echo } = answer as { readonly echo: unknown };
  return typeof echo === 'string' && ECHOABLE.test(echo)
    ? { status: 200, contentType: 'text/plain; charset=utf-8', body: echo }
    : undefined;
}

function isSuccess(status: unknown): boolean {
  return Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 299;
}
