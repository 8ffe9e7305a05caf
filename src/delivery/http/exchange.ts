import type { Dispatcher } from 'undici';
import { EXCERPT_LOOK_BYTES } from './response-excerpt.js';

/** Read at most this much of an answer; the rest is of no use to us and the connection is dropped instead. */
const MAX_RESPONSE_BYTES = 64 * 1024;
const ENOUGH = new Error('enough of the answer was read');

/** What a destination answered; `start`: the first bytes of its body, as far as they came. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly start: Buffer;
}

/** A POST on its way. */
export interface Exchange {
  /** Rejects only when no status came: once it is known it decides, and a body that breaks off, drips or never ends changes nothing. */
  readonly answer: Promise<Answer>;
  /** Ends it with this error, whatever it is waiting for; without effect once it has ended. */
  abort(reason: Error): void;
}

/**
 * Sends a request through undici's own interface for handlers. Its `request` makes a stream of each answer, which costs more
 * than all else about a send; we keep a few kilobytes and need no stream. 1xx answers are passed over; redirects are answers.
 */
export function exchange(
  dispatcher: Dispatcher,
  url: URL,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer },
): Exchange {
  const kept: Buffer[] = [];
  let read = 0;
  let begun: { statusCode: number; headers: Answer['headers'] } | undefined;
  let controller: Dispatcher.DispatchController | undefined;
  let aborted: Error | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const end = (error: Error | undefined): void => {
    if (begun) resolve({ ...begun, start: kept.length === 1 ? (kept[0] as Buffer) : Buffer.concat(kept) });
    else reject(error ?? new Error('the answer ended before it began'));
  };
  const options = { origin: url.origin, path: `${url.pathname}${url.search}`, method: 'POST', headers, body } as const;
  dispatcher.dispatch(options, {
    onRequestStart(given) {
      controller = given;
      if (aborted) given.abort(aborted);
    },
    onResponseStart(_, statusCode, answered) {
      if (statusCode >= 200) begun = { statusCode, headers: answered };
    },
    onResponseData(given, chunk) {
      if (read < EXCERPT_LOOK_BYTES) kept.push(chunk);
      read += chunk.length;
      if (read > MAX_RESPONSE_BYTES) given.abort(ENOUGH);
    },
    onResponseEnd: () => end(undefined),
    onResponseError: (_, error) => end(error),
  });
  return {
    answer: promise,
    abort(reason) {
      aborted = reason;
      // Before a connection is there undici has nothing to abort; it is told when it would begin.
      controller?.abort(reason);
      end(reason);
    },
  };
}
