import type { IncomingMessage, ServerResponse } from 'node:http';
import { freeBytes } from './free-bytes.js';

const LINGER_MS = 1_000;

/**
 * Ends a connection whose request was answered before its body was read (413, 404 …). Closing at once would reset it and the
 * sender might never see the answer; reading on without end would let it send forever. So: discard for a second, then close.
 */
export function closeUnlessComplete(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return;
    request.on('data', freeBytes).resume();
    setTimeout(() => {
      if (!request.complete) request.socket.destroy();
    }, LINGER_MS).unref();
  });
}
