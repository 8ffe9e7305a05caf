import type { InboundRequest } from '../../sources/source.js';
import type { ResolvedSource } from '../resolve-source.js';
import { styled } from '../terminal.js';
import { EXPECTED, type Answer, type Mode } from './expectation.js';

/** What was sent, and what came back. */
export interface Exchange {
  readonly source: ResolvedSource;
  /** The name of its file. */
  readonly fixture: string;
  readonly mode: Mode;
  readonly url: string;
  readonly request: InboundRequest;
  readonly answers: readonly Answer[];
  readonly isExpected: boolean;
}

const MAX_BODY_SHOWN = 1000;

/** For people; a header that is the secret itself is not shown. */
export function printExchange({ source, fixture, mode, url, request, answers, isExpected }: Exchange): void {
  const { scheme, type } = source.description;
  const how = mode === 'genuine' || mode === 'duplicate' ? `signed with ${scheme.name}` : mode;
  console.log(styled('bold', `${request.method} ${url}`));
  console.log(styled('dim', `${type}, fixture ${fixture}, ${request.body.length} bytes, ${how}`));
  for (const [name, value] of Object.entries(request.headers)) {
    console.log(`${name}: ${scheme.secretHeaders.includes(name) ? '(secret)' : value}`);
  }
  const body = request.body.toString();
  console.log(`\n${body.length > MAX_BODY_SHOWN ? `${body.slice(0, MAX_BODY_SHOWN)}…` : body}\n`);
  for (const { status, body: answer, milliseconds } of answers) {
    console.log(`${styled('bold', String(status))} ${answer} ${styled('dim', `(${milliseconds} ms)`)}`);
  }
  console.log(
    isExpected
      ? styled('green', `As expected: ${EXPECTED[mode]}.`)
      : styled('red', `Not as expected. Expected: ${EXPECTED[mode]}.`),
  );
}
