import type { IncomingMessage } from 'node:http';
import type { HttpError } from '../errors.js';
import { GatheredBytes } from './gathered-bytes.js';
import type { IntakeBudget } from './intake-budget.js';
import { refusals } from './refusals.js';

/**
 * What a request costs beside its body: its buffers, its headers, its normalised event. Charged from the first byte until its
 * event is written, so that a flood of small or empty bodies meets the bound too. A round number.
 */
export const REQUEST_OVERHEAD_BYTES = 2 * 1024;

/** The bytes of a request, held in the budget until `release` is called. */
export interface HeldBody {
  readonly bytes: Buffer;
  /** Takes more of the budget, for what is made of the bytes; false when there is no more now. */
  readonly grow: (bytes: number) => boolean;
  readonly release: () => void;
}

/**
 * Reads a request's body, never holding more than `maxBytes` of it: an announced length over the limit is refused before the
 * first byte, a lying or endless one when it crosses the limit. On a refusal the stream is left paused, not destroyed: the
 * answer must still go out over its socket.
 * @throws HttpError 413 over the limit, 503 when the budget is full, 400 when the sender stops short.
 */
export function readBody(
  request: IncomingMessage,
  source: string,
  maxBytes: number,
  budget: IntakeBudget,
): Promise<HeldBody> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(refusals.payloadTooLarge());
  // The sender hung up before we began to listen: neither `end` nor `close` would come any more.
  if (request.destroyed) return Promise.reject(refusals.bodyIncomplete());
  if (!budget.take(source, REQUEST_OVERHEAD_BYTES)) return Promise.reject(refusals.unavailable());
  return new Promise((resolve, reject) => {
    let length = 0;
    let charged = REQUEST_OVERHEAD_BYTES;
    const release = (): void => {
      budget.give(source, charged);
      charged = 0;
    };
    const grow = (bytes: number): boolean => {
      if (bytes === 0) return true;
      if (!budget.take(source, bytes)) return false;
      charged += bytes;
      return true;
    };
    const gathered = new GatheredBytes(grow);
    const refuse = (refusal: HttpError): void => {
      stop();
      request.pause();
      gathered.discard();
      release();
      reject(refusal);
    };
    const onData = (chunk: Buffer): void => {
      if (length + chunk.length > maxBytes) return refuse(refusals.payloadTooLarge());
      if (!gathered.append(chunk)) return refuse(refusals.unavailable());
      length += chunk.length;
    };
    const onEnd = (): void => {
      stop();
      const bytes = gathered.join();
      // Its blocks are gone, and with them the room that was left in them.
      const held = REQUEST_OVERHEAD_BYTES + bytes.length;
      budget.give(source, charged - held);
      charged = held;
      resolve({ bytes, grow, release });
    };
    // The sender hung up mid-body: nobody is left to read an answer, but it is no fault of ours either.
    const onBroken = (): void => refuse(refusals.bodyIncomplete());
    const stop = (): void => {
      request.off('data', onData).off('end', onEnd).off('close', onBroken).off('error', onBroken);
      // A socket that breaks after we stopped caring must not become an uncaught error.
      request.on('error', () => undefined);
    };
    request.on('data', onData).on('end', onEnd).on('close', onBroken).on('error', onBroken);
  });
}
