import { DEFAULT_TOLERANCE_SECONDS, verify } from '../../sources/interpret.js';
import type { InboundRequest, SourceDescription } from '../../sources/source.js';
import { CommandFailure, EXIT } from '../command-failure.js';
import { sign, type Draft, type Signing } from './draft.js';
import { placesOf, put } from './places.js';

/** What a router needs to judge a request. */
export interface Judge {
  readonly description: SourceDescription;
  /** What verifies; of key pairs the public half. */
  readonly secrets: readonly string[];
  readonly toleranceSeconds: number | undefined;
}

/** A minute beyond the tolerance: clocks differ. */
const BEYOND_SECONDS = 60;

/** Signed too long ago. @throws CommandFailure where the scheme signs no time. */
export function staleRequest(judge: Judge, draft: Draft, signing: Signing): InboundRequest {
  const { description, toleranceSeconds } = judge;
  const tolerance = toleranceSeconds ?? description.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  const then = new Date(signing.now.getTime() - (tolerance + BEYOND_SECONDS) * 1000);
  const request = sign(description, draft, { ...signing, now: then });
  if (outcome(judge, request, signing.now) === 'stale') return request;
  throw new CommandFailure(EXIT.usage, `${description.type} signs no time: nothing about a request can be stale.`);
}

/** Without what its scheme signs. */
export function unsignedRequest({ description }: Judge, draft: Draft, signing: Signing): InboundRequest {
  needsSecret(description);
  const request = sign(description, draft, signing);
  const { scheme } = description;
  const signed = Object.keys(scheme.sign(request.body, { ...signing, url: draft.url, headers: request.headers }));
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !signed.includes(name)));
  return { ...request, headers, body: Buffer.from(draft.body) };
}

/**
 * Altered after it was signed: the first value of the body that is protected; else the signature or token itself. Checked
 * here with the secret, so that what is sent is a forgery indeed.
 */
export function tamperedRequest(judge: Judge, draft: Draft, signing: Signing): InboundRequest {
  const { description } = judge;
  needsSecret(description);
  const genuine = sign(description, draft, signing);
  const signed: Draft = { headers: definite(genuine.headers), body: genuine.body.toString(), url: draft.url };
  const places = placesOf(signed);
  const byLikelihood = [
    // The last value is seldom an id, so that the forgery would be a lie about the event.
    ...places.filter((place) => place.in === 'body').toReversed(),
    ...places.filter((place) => place.in === 'headers' && description.scheme.headers.includes(place.key)),
  ];
  for (const place of byLikelihood) {
    const { headers, body } = put(signed, place, altered(place.value));
    const request = { ...genuine, headers, body: Buffer.from(body) };
    if (['mismatch', 'malformed'].includes(outcome(judge, request, signing.now))) return request;
  }
  return { ...genuine, body: Buffer.concat([genuine.body, Buffer.from(' ')]) };
}

function outcome({ description, secrets, toleranceSeconds }: Judge, request: InboundRequest, now: Date): string {
  return verify(description, secrets, request, { now, toleranceSeconds }).outcome;
}

/** One letter or digit in the middle is another one; the length stays. */
function altered(value: string): string {
  const at = value.slice(0, Math.ceil(value.length / 2)).search(/[A-Za-z0-9](?![\s\S]*[A-Za-z0-9])/);
  if (at < 0) return `${value}0`;
  const character = value.charAt(at);
  return (
    value.slice(0, at) +
    (character === '1' ? '2' : /\d/.test(character) ? '1' : character === 'a' ? 'b' : 'a') +
    value.slice(at + 1)
  );
}

function definite(headers: InboundRequest['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function needsSecret({ scheme, type }: SourceDescription): void {
  if (!scheme.needsSecret)
    throw new CommandFailure(EXIT.usage, `${type} proves nothing: nothing about it can be forged.`);
}
