import { createHash } from 'node:crypto';
import type { Diagnosis, RejectionReason } from '../../sources/diagnose.js';
import type { NormalisedEvent } from '../../sources/name-event.js';
import type { InboundRequest } from '../../sources/source.js';
import type { ResolvedSource } from '../resolve-source.js';
import { styled } from '../terminal.js';
import { secretText, type NamedSecret } from './name-secret.js';

/** What was found out about one request. */
export interface Findings {
  readonly source: ResolvedSource;
  readonly request: InboundRequest;
  readonly isGenuine: boolean;
  readonly outcome: string;
  readonly toleranceSeconds: number;
  readonly matched: NamedSecret | undefined;
  /** Of what is not genuine. */
  readonly diagnosis: Diagnosis<NamedSecret> | undefined;
  readonly hints: readonly string[];
  /** Of what is genuine. */
  readonly events: readonly NormalisedEvent[];
}

/** What to do about it. */
const ADVICE: Readonly<Record<RejectionReason, string>> = {
  missing: 'The sender did not sign, or something on the way took the header out.',
  malformed: 'The header is there, but it is not what this sender writes.',
  stale: 'The signature is right; the time is too old. To judge it as of then: --at.',
  future: "The signature is right; the time lies ahead. Look at the clocks, the sender's and this machine's.",
  expired_secret: 'The sender still uses a secret that has ended here: give it the new one, or move its notAfter.',
  previous_secret: 'The sender still uses a secret that was taken out.',
  other_source: 'The sender calls the wrong URL, or its secret is in the wrong place.',
  body_changed:
    'The bytes must reach the verification as they were sent: no parsing, no editor, no shell variable before.',
  wrong:
    "No secret that is known here signed these bytes. Compare the secret with the sender's dashboard, and the bytes with what was sent.",
};

/** For programs; no secret, no header's value. */
export function explanation(findings: Findings): unknown {
  const { source, request, isGenuine, outcome, toleranceSeconds, matched, diagnosis, hints, events } = findings;
  const { scheme, type } = source.description;
  return {
    verified: isGenuine,
    outcome,
    source: source.slug,
    type,
    scheme: scheme.name,
    signs: scheme.covers,
    headers: scheme.headers.map((name) => ({ name, present: request.headers[name] !== undefined })),
    url: request.url ?? null,
    body: { bytes: request.body.length, sha256: sha256(request.body) },
    judgedAt: request.receivedAt.toISOString(),
    toleranceSeconds: scheme.signsTime ? toleranceSeconds : null,
    matched: matched ?? null,
    diagnosis: diagnosis
      ? {
          reason: diagnosis.reason,
          detail: diagnosis.detail,
          offBySeconds: diagnosis.offBySeconds ?? null,
          advice: ADVICE[diagnosis.reason],
        }
      : null,
    hints,
    events: events.map(({ type: name, externalId }) => ({ type: name, externalId })),
  };
}

/** For people. */
export function printFindings(findings: Findings): void {
  const { source, request, isGenuine, toleranceSeconds, matched, diagnosis, hints, events } = findings;
  const { scheme, type } = source.description;
  const lines: [string, string][] = [
    ['source', source.slug === type ? type : `${source.slug}, of type ${type}`],
    ['scheme', scheme.name],
    ['signed is', scheme.covers],
    ...scheme.headers.map((name): [string, string] => [
      'reads',
      `${name}: ${request.headers[name] === undefined ? 'not there' : 'there'}`,
    ]),
    ...(scheme.covers.includes('url') ? [['url', request.url ?? 'not known'] as [string, string]] : []),
    ['body', `${request.body.length} bytes, sha256 ${sha256(request.body)}`],
    ['judged as of', request.receivedAt.toISOString() + (scheme.signsTime ? `, ${toleranceSeconds} s either way` : '')],
    ...(matched
      ? [
          ['matches', `${secretText(matched)}${matched.slug === source.slug ? '' : ` of ${matched.slug}`}`] as [
            string,
            string,
          ],
        ]
      : []),
    ...events.map(({ type: name, externalId }): [string, string] => ['event', `${name}, id ${externalId}`]),
  ];
  console.log(isGenuine ? styled('green', 'Verified.') : styled('red', `Not verified: ${diagnosis?.detail}.`));
  for (const [what, text] of lines) console.log(`  ${what.padEnd(14)}${text}`);
  for (const text of [...(diagnosis ? [ADVICE[diagnosis.reason]] : []), ...hints]) console.log(styled('yellow', text));
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
