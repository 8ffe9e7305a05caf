import type { DeclaredSecret } from '../../config/config.js';
import { nearest } from '../../config/nearest.js';
import { findSourceType } from '../../sources/catalog.js';
import { configureSource } from '../../sources/configure-source.js';
import { diagnose, type Diagnosis, type KnownSecret } from '../../sources/diagnose.js';
import { DEFAULT_TOLERANCE_SECONDS, normalise, verify } from '../../sources/interpret.js';
import { publicUrl } from '../../sources/public-url.js';
import type { InboundRequest } from '../../sources/source.js';
import { EXIT } from '../command-failure.js';
import { resolveSource, type ResolvedSource, type SourceFlags } from '../resolve-source.js';
import { printJson } from '../terminal.js';
import { explanation, printFindings, type Findings } from './findings.js';
import { secretNamer, type NamedSecret } from './name-secret.js';
import { readRequest, type RequestFlags } from './read-request.js';

/** The flags of `hookyard verify`. */
export interface VerifyFlags extends SourceFlags, RequestFlags {
  /** The URL that the sender called, with its query. */
  readonly url?: string;
  readonly json?: boolean;
}

/**
 * Judges a request as the router would have at that time, and says why.
 * @returns the exit code: 0 when it is genuine.
 * @throws CommandFailure when there is no such source, or the request cannot be read.
 */
export async function verifyRequest(flags: VerifyFlags): Promise<number> {
  const cwd = process.cwd();
  const source = await resolveSource(flags, cwd);
  const { slug, description, options, toleranceSeconds, publicUrl: base } = source;
  const url = flags.url ?? publicUrl({ options, base, slug, target: '' });
  const request = readRequest(flags, url);
  const now = request.receivedAt;
  const { active, suspects } = known(source, now, secretNamer(cwd));
  const values = active.map(({ value }) => value);
  const verdict = verify(description, values, request, { now, toleranceSeconds });
  const diagnosis: Diagnosis<NamedSecret> | undefined =
    verdict.outcome === 'ok' ? undefined : diagnose(request, verdict, now, suspects);
  const isGenuine = verdict.outcome === 'ok';
  const findings: Findings = {
    source,
    request,
    isGenuine,
    outcome: verdict.outcome,
    toleranceSeconds: toleranceSeconds ?? description.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS,
    matched: verdict.outcome === 'ok' ? active[verdict.secretIndex]?.name : diagnosis?.matched,
    diagnosis,
    hints: isGenuine ? [] : hintsFor(source, request),
    events: isGenuine ? normalise(description, request) : [],
  };
  if (flags.json) printJson(explanation(findings));
  else printFindings(findings);
  return isGenuine ? EXIT.ok : EXIT.failed;
}

function known(source: ResolvedSource, now: Date, nameOf: ReturnType<typeof secretNamer>) {
  const named = (slug: string, secrets: readonly DeclaredSecret[]): (KnownSecret<NamedSecret> & DeclaredSecret)[] =>
    secrets.map((secret, index) => ({ ...secret, name: nameOf(slug, secrets, index) }));
  const { slug, description, secrets, others, catalogue } = source;
  const hasEnded = ({ notAfter }: DeclaredSecret) => notAfter !== undefined && notAfter <= now;
  const all = named(slug, secrets);
  const active = all.filter((secret) => !hasEnded(secret));
  const suspects = {
    description,
    secrets: active,
    expired: all.filter(hasEnded),
    // What was taken out of the configuration stands in the router's database only.
    previous: [],
    others: others.flatMap((other) => {
      const type = findSourceType(catalogue, other.type);
      const own = named(other.slug, other.secrets);
      return type ? [{ slug: other.slug, description: configureSource(type, other.options), secrets: own }] : [];
    }),
  };
  return { active, suspects };
}

/** About the command line rather than the signature. */
function hintsFor({ description }: ResolvedSource, { headers, body, url }: InboundRequest): string[] {
  const { scheme } = description;
  const missing = scheme.headers.filter((name) => headers[name] === undefined);
  const given = Object.keys(headers).filter((name) => !scheme.headers.includes(name));
  const misspelt = missing.flatMap((name) => {
    const meant = nearest(name, given);
    return meant === undefined ? [] : [`Is ${meant} meant to be ${name}?`];
  });
  return [
    ...(missing.length === scheme.headers.length && missing.length > 0
      ? [`${description.type} reads ${scheme.headers.join(', ')}; none of them was given with --header.`]
      : []),
    ...misspelt,
    ...(body.length === 0 ? ['The body is empty.'] : []),
    ...(scheme.covers.includes('url') && url === undefined
      ? ['This sender signs the URL that it calls: give it with --url, with its query.']
      : []),
  ];
}
