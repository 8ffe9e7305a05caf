import { randomBytes } from 'node:crypto';
import { publicUrl } from '../../sources/public-url.js';
import type { InboundRequest } from '../../sources/source.js';
import { fixtureBody, type SourceFixture } from '../../testing/fixture.js';
import { CommandFailure, EXIT } from '../command-failure.js';
import { resolveSource, type ResolvedSource, type SourceFlags } from '../resolve-source.js';
import { printJson } from '../terminal.js';
import { sign, type Draft, type Signing } from './draft.js';
import { EXPECTED, isAsExpected, type Mode } from './expectation.js';
import { chooseFixture, fixturesOf } from './fixtures-of.js';
import { freshen } from './freshen.js';
import { genericFixture } from './generic-fixture.js';
import { post } from './post.js';
import { printExchange, type Exchange } from './print-exchange.js';
import { signingSecret } from './signing-secret.js';
import { staleRequest, tamperedRequest, unsignedRequest, type Judge } from './spoil.js';

/** The flags of `hookyard trigger`. */
export interface TriggerFlags extends Omit<SourceFlags, 'source'> {
  readonly url?: string;
  readonly fixtures?: string;
  readonly tampered?: boolean;
  readonly stale?: boolean;
  readonly unsigned?: boolean;
  /** How many times in all. */
  readonly duplicate?: number;
  readonly json?: boolean;
}

/**
 * Sends a webhook of a source to a running router, as its sender would, and prints request and answer.
 * @returns the exit code: 0 when the router answered as expected.
 * @throws CommandFailure when there is nothing to send, or nobody to send it to.
 */
export async function trigger(slug: string, type: string | undefined, flags: TriggerFlags): Promise<number> {
  const cwd = process.cwd();
  const mode = modeOf(flags);
  const source = await resolveSource({ ...flags, source: slug }, cwd);
  const { file, fixture } = fixtureFor(source, type, cwd, flags.fixtures);
  const target = new URL(targetOf(source, flags.url) + queryOf(fixture.url));
  const now = new Date();
  const { secret, verifiers } = signingSecret(source, now);
  const signing: Signing = { secret, now, id: `msg_${randomBytes(12).toString('hex')}` };
  const draft = freshen(source.description, draftOf(source, fixture, target), signing);
  const judge: Judge = { ...source, secrets: verifiers };
  const request = requestOf(mode, judge, draft, signing);
  const url = new URL(target);
  url.search = new URL(draft.url).search;
  const answers = await post(url, request, mode === 'duplicate' ? (flags.duplicate ?? 2) : 1);
  const isExpected = isAsExpected(mode, answers);
  const exchange: Exchange = { source, fixture: file, mode, url: url.href, request, answers, isExpected };
  if (flags.json) printJson(asJson(exchange));
  else printExchange(exchange);
  return isExpected ? EXIT.ok : EXIT.failed;
}

function modeOf({ tampered, stale, unsigned, duplicate }: TriggerFlags): Mode {
  const given = Object.entries({ tampered, stale, unsigned, duplicate }).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    throw new CommandFailure(EXIT.usage, `Choose one of ${given.map(([name]) => `--${name}`).join(' and ')}.`);
  return (given[0]?.[0] as Mode | undefined) ?? 'genuine';
}

function fixtureFor(
  { description, options }: ResolvedSource,
  wanted: string | undefined,
  cwd: string,
  folder: string | undefined,
): { file: string; fixture: SourceFixture } {
  const { type } = description;
  const isDefault = type !== 'generic' || JSON.stringify(options) === JSON.stringify(description.options?.parse({}));
  if (!isDefault && wanted === undefined && folder === undefined)
    return { file: 'made of the options', fixture: genericFixture(options) };
  return chooseFixture(fixturesOf(type, cwd, folder), wanted, description, options);
}

/** Where the router is; a URL with a path is taken as it is. */
function targetOf({ slug, port }: ResolvedSource, given = `http://127.0.0.1:${port}`): string {
  const url = URL.parse(given);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new CommandFailure(EXIT.usage, '--url must be where the router listens, like http://localhost:3000.');
  return url.pathname === '/' ? `${url.origin}/webhooks/${slug}` : url.origin + url.pathname;
}

function queryOf(url: string | undefined): string {
  return url === undefined ? '' : new URL(url).search;
}

/** The URL is the public one, for senders that sign it; without one, that which is called. */
function draftOf({ slug, options, publicUrl: base }: ResolvedSource, fixture: SourceFixture, target: URL): Draft {
  const headers = Object.entries(fixture.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    headers: { 'content-type': 'application/json', ...Object.fromEntries(headers) },
    body: fixtureBody(fixture).toString(),
    url: publicUrl({ options, base, slug, target: target.search }) ?? target.href,
  };
}

function requestOf(mode: Mode, judge: Judge, draft: Draft, signing: Signing): InboundRequest {
  switch (mode) {
    case 'tampered':
      return tamperedRequest(judge, draft, signing);
    case 'stale':
      return staleRequest(judge, draft, signing);
    case 'unsigned':
      return unsignedRequest(judge, draft, signing);
    default:
      return sign(judge.description, draft, signing);
  }
}

function asJson({ source, fixture, mode, url, request, answers, isExpected }: Exchange): unknown {
  const { slug, description } = source;
  const hidden = description.scheme.secretHeaders;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, hidden.includes(name) ? '(secret)' : value]),
  );
  return {
    source: slug,
    type: description.type,
    fixture,
    mode,
    request: { method: request.method, url, headers, body: request.body.toString() },
    answers,
    expected: EXPECTED[mode],
    ok: isExpected,
  };
}
