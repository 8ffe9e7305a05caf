import assert from 'node:assert/strict';
import { DEFAULT_TOLERANCE_SECONDS, verify } from '../sources/interpret.js';
import type { Verdict } from '../sources/schemes/scheme.js';
import type { InboundRequest, SourceDescription } from '../sources/source.js';
import type { SourceFixture } from './fixture.js';
import { fixtureBody, fixtureRequest, fixtureSecret } from './fixture.js';
import { alteredBodies, hostileBodies, hostileHeaders } from './hostile-input.js';
import { exampleSigningKey } from './signed-request.js';
import type { TestFrame } from './test-frame.js';
import { CONTRACT_TIME } from './test-frame.js';

/** The part of the contract about who sent a request: the genuine one passes, and no other. */
export function describeVerification(description: SourceDescription, fixture: SourceFixture, { it }: TestFrame): void {
  const { scheme } = description;
  const secret = fixtureSecret(description, fixture);
  const other = scheme.exampleSecret(`not ${description.type}`);
  const request = fixtureRequest(description, fixture, CONTRACT_TIME);
  const { body, headers, url } = request;
  const key = fixture.secret ?? exampleSigningKey(description);
  const signed = Object.keys(scheme.sign(body, { secret: key, now: CONTRACT_TIME, headers, url }));
  const judge = (changes: Partial<InboundRequest>, secrets: readonly string[] = [secret]) =>
    verify(description, secrets, { ...request, ...changes }, { now: CONTRACT_TIME });

  it('is accepted when genuine', () => assert.deepEqual(judge({}), { outcome: 'ok', secretIndex: 0 }));

  it('is accepted by any active secret', () => {
    assert.deepEqual(judge({}, [other, secret]), { outcome: 'ok', secretIndex: 1 });
  });

  it('is refused under another secret, and under none', () => {
    for (const secrets of [[other], [], [''], [' ']]) assertRefused(judge({}, secrets), 'mismatch');
  });

  if (scheme.signsBody) {
    it('is refused when its body was altered', () => {
      for (const altered of alteredBodies(body)) assertRefused(judge({ body: altered }), 'mismatch');
    });
  }

  if (scheme.signBody) {
    it('is refused, without an exception, with anything else for a body', () => {
      for (const other of [fixtureBody(fixture), ...hostileBodies]) {
        if (!other.equals(body)) assertRefused(judge({ body: other }));
      }
    });
  }

  it('is refused without its signature', () => {
    for (const name of signed) assertRefused(judge({ headers: { ...headers, [name]: undefined } }), 'missing');
  });

  it('is refused when a signature header was repeated', () => {
    for (const name of signed) {
      const doubled = { ...headers, [name]: `${headers[name]}, ${headers[name]}` };
      assertRefused(judge({ headers: doubled, repeated: new Set([name]) }), 'malformed');
      assertRefused(judge({ repeated: new Set([name]) }), 'malformed');
    }
  });

  it('is refused, without an exception, with garbage for a signature', () => {
    for (const name of signed) {
      for (const value of hostileHeaders) assertRefused(judge({ headers: { ...headers, [name]: value } }));
    }
  });
}

/** The part of the contract about when a request was signed. */
export function describeTime(description: SourceDescription, fixture: SourceFixture, { it }: TestFrame): void {
  const secret = fixtureSecret(description, fixture);
  const tolerance = description.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  const request = fixtureRequest(description, fixture, CONTRACT_TIME);
  const judgeAfter = (seconds: number) =>
    verify(description, [secret], request, { now: new Date(CONTRACT_TIME.getTime() + seconds * 1000) });

  it('is accepted as long as its time is within the tolerance, both ways', () => {
    for (const seconds of [tolerance, -tolerance]) assert.equal(judgeAfter(seconds).outcome, 'ok');
  });

  it('is refused as stale one second later, or earlier', () => {
    for (const seconds of [tolerance + 1, -tolerance - 1]) assertRefused(judgeAfter(seconds), 'stale');
  });

  it('tells a forger nothing about time', () => {
    const other = description.scheme.exampleSecret(`not ${description.type}`);
    const verdict = verify(description, [other], request, { now: new Date(CONTRACT_TIME.getTime() + 86_400_000) });
    assertRefused(verdict, 'mismatch');
  });
}

function assertRefused(verdict: Verdict, outcome?: Verdict['outcome']): void {
  assert.notEqual(verdict.outcome, 'ok');
  if (outcome !== undefined) assert.equal(verdict.outcome, outcome);
  if (verdict.outcome === 'malformed') assert.ok(!verdict.detail.startsWith('the scheme failed'), verdict.detail);
}
