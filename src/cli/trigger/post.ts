import { request as send } from 'undici';
import type { InboundRequest } from '../../sources/source.js';
import { CommandFailure, EXIT } from '../command-failure.js';
import type { Answer } from './expectation.js';

const TIMEOUT_MS = 30_000;
const MAX_SHOWN = 4096;

/** They belong to one connection, which is another one here. */
const NOT_SENT = ['connection', 'host', 'content-length', 'transfer-encoding', 'keep-alive'];

/**
 * Posts a request `times` at once and reads the answers.
 * @throws CommandFailure when nobody answers.
 */
export async function post(url: URL, request: InboundRequest, times: number): Promise<Answer[]> {
  return Promise.all(Array.from({ length: times }, () => postOnce(url, request)));
}

async function postOnce(url: URL, { method, headers, body }: InboundRequest): Promise<Answer> {
  const sent = Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !NOT_SENT.includes(entry[0]),
    ),
  );
  const startedAt = performance.now();
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await send(url, { method: method as 'POST', headers: sent, body, signal });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      body: text.slice(0, MAX_SHOWN),
      milliseconds: Math.round(performance.now() - startedAt),
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(
      EXIT.failed,
      `No answer from ${url.origin}: ${code ?? message}.`,
      'Is the router running? hookyard start; --url says where it is.',
    );
  }
}
