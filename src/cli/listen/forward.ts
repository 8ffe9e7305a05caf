import { request } from 'undici';
import { signedRequest } from '../../testing/signed-request.js';
import type { ApiObject } from '../api/api-client.js';
import { CommandFailure, EXIT } from '../command-failure.js';
import { resolveSource } from '../resolve-source.js';
import { signingSecret } from '../trigger/signing-secret.js';
import type { ListenFlags } from './listen.js';

const TIMEOUT_MS = 30_000;

/** What the developer's code answered. */
export interface Forwarded {
  readonly status: number;
  readonly milliseconds: number;
}

/** Sends one event. Fails with a CommandFailure (`failed`) when nobody answers. */
export type Forward = (event: ApiObject, body: Buffer) => Promise<Forwarded>;

/**
 * How events of a source are sent to `target`: bytes as they came, headers as they were kept, signed now, so that the code behind verifies them as it would the
 * sender's own. @throws CommandFailure when there is nothing to sign with.
 */
export async function forwarder(target: URL, sourceType: string, flags: ListenFlags): Promise<Forward> {
  const { source, secret, config, load, unsigned } = flags;
  if (unsigned) return (event, body) => post(target, headersOf(event), body);
  const resolved = await resolveSource(
    {
      source,
      ...(secret === undefined ? {} : { secret, type: sourceType }),
      ...(config === undefined ? {} : { config }),
      ...(load === undefined ? {} : { load }),
    },
    process.cwd(),
  );
  const signing = signingSecret(resolved, new Date());
  return (event, body) => {
    const signed = signedRequest(resolved.description, {
      body,
      headers: headersOf(event),
      secret: signing.secret,
      url: target.href,
      id: String(event['externalId']),
    });
    const headers = Object.entries(signed.headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return post(new URL(signed.url ?? target), Object.fromEntries(headers), signed.body);
  };
}

function headersOf(event: ApiObject): Record<string, string> {
  const { contentType, headers, id } = event;
  return {
    ...(headers as Record<string, string>),
    'content-type': typeof contentType === 'string' ? contentType : 'application/json',
    'hookyard-event': String(id),
  };
}

async function post(url: URL, headers: Record<string, string>, body: Buffer): Promise<Forwarded> {
  const startedAt = performance.now();
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { statusCode, body: answer } = await request(url, { method: 'POST', headers, body, signal });
    await answer.dump();
    return { status: statusCode, milliseconds: Math.round(performance.now() - startedAt) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(EXIT.failed, `${url.origin} does not answer: ${code ?? message}.`);
  }
}
