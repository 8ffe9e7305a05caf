import { isJsonPointer } from './json-pointer.js';
import { MOST_BODY_MIB } from './most-body-mib.js';
import { replyProblems } from './reply.js';
import { isScheme } from './schemes/scheme.js';
import type { HeaderPolicy, SourceDescription } from './source.js';

const TYPE_NAME = /^[a-z][a-z0-9-]{0,62}$/;
const HEADER_NAME = /^[a-z0-9][a-z0-9._-]*$/;

/** Headers that are credentials whoever sends them. */
const NEVER_KEPT = ['authorization', 'proxy-authorization', 'cookie'];

const FUNCTIONS = [
  'externalId',
  'eventType',
  'occurredAt',
  'subject',
  'tenant',
  'apiVersion',
  'livemode',
  'configure',
] as const;
const LIMITS = ['toleranceSeconds', 'dedupeWindowHours', 'redeliveryHours', 'maxBodyBytes'] as const;

const defined = new WeakSet<object>();

/**
 * Makes a source type. Checks the description once, here, so that a mistake stops the start and not a webhook, and fills in
 * what the scheme already says: its bearer headers are `headers.secret`, the others it reads are `headers.signature` unless
 * given, and `unsigned` names the body where the scheme does not sign it. The result is frozen.
 * Throws a `TypeError` that lists every problem.
 */
export function defineSource<Options = unknown>(description: SourceDescription<Options>): SourceDescription<Options> {
  const problems = problemsOf(description);
  if (problems.length > 0) throw new TypeError(`source type '${description.type}': ${problems.join('; ')}`);
  const { scheme, headers = {}, unsigned = [] } = description;
  const secret = distinct([...(headers.secret ?? []), ...scheme.secretHeaders]);
  const source: SourceDescription<Options> = Object.freeze({
    ...description,
    unsigned: distinct(scheme.signsBody ? unsigned : [...unsigned, 'body' as const]),
    headers: Object.freeze({
      keep: distinct(headers.keep ?? []),
      signature: distinct(headers.signature ?? scheme.headers.filter((name) => !secret.includes(name))),
      secret,
    }),
  });
  defined.add(source);
  return source;
}

/** Whether a value came out of `defineSource`, and so passed its checks. */
export function isDefinedSource(value: unknown): value is SourceDescription {
  return typeof value === 'object' && value !== null && defined.has(value);
}

function problemsOf(description: SourceDescription): string[] {
  const problems: string[] = [];
  const { type, docs, scheme, headers = {}, unsigned = [] } = description;
  if (typeof type !== 'string' || !TYPE_NAME.test(type))
    problems.push('type must match [a-z][a-z0-9-]*, at most 63 characters');
  if (!URL.canParse(docs) || new URL(docs).protocol !== 'https:')
    problems.push("docs must be the https URL of the sender's page");
  if (!isScheme(scheme)) {
    problems.push(
      'scheme must come from a factory of hookyard/source; a sender that signs nothing says unverified({ because })',
    );
  } else if (scheme.signsBody && unsigned.includes('body')) {
    problems.push(`unsigned names the body, but ${scheme.name} signs it`);
  } else {
    problems.push(...headerProblems(headers, scheme.secretHeaders));
  }
  for (const name of FUNCTIONS) {
    const given: unknown = description[name];
    const required = name === 'externalId' || name === 'eventType';
    if (typeof given !== 'function' && (required || given !== undefined)) problems.push(`${name} must be a function`);
  }
  for (const name of LIMITS) {
    const given = description[name];
    // A tolerance of 0 looks like "exact" and would refuse every request.
    if (given !== undefined && !(Number.isFinite(given) && given > 0))
      problems.push(`${name} must be a number above 0`);
  }
  if ((description.maxBodyBytes ?? 0) > MOST_BODY_MIB * 1024 * 1024)
    problems.push(`maxBodyBytes must be at most ${MOST_BODY_MIB} MiB`);
  const { split, reply, challenge } = description;
  if (split !== undefined && (typeof split !== 'string' || !isJsonPointer(split)))
    problems.push("split must be a JSON pointer, or '' where the body is the list");
  if (reply !== undefined) problems.push(...replyProblems(reply));
  for (const ask of [challenge?.get, challenge?.post] as unknown[]) {
    if (ask !== undefined && typeof ask !== 'function') problems.push('challenge.get and challenge.post are functions');
  }
  if (challenge?.unsigned !== undefined && Object.keys(challenge.unsigned).length === 0)
    problems.push('challenge.unsigned must name a field, or every form would be taken for it');
  return problems;
}

function headerProblems(
  { keep = [], signature = [], secret = [] }: HeaderPolicy,
  bearers: readonly string[],
): string[] {
  const secrets = new Set([...secret, ...bearers, ...NEVER_KEPT]);
  const unusable = [...keep, ...signature, ...secret].filter((name) => !HEADER_NAME.test(name));
  const leaking = [...keep, ...signature].filter((name) => secrets.has(name));
  return [
    ...unusable.map((name) => `header name '${name}' must be lower case`),
    ...leaking.map((name) => `header '${name}' carries a secret and must not be kept`),
  ];
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return Object.freeze([...new Set(values)]);
}
