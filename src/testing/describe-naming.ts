import assert from 'node:assert/strict';
import { normalise } from '../sources/interpret.js';
import type { NormalisedEvent } from '../sources/name-event.js';
import { parseBody } from '../sources/parse-body.js';
import type { InboundRequest, SourceDescription, VerifiedRequest } from '../sources/source.js';
import type { ExpectedEvent, SourceFixture } from './fixture.js';
import { fixtureRequest } from './fixture.js';
import { hostileBodies } from './hostile-input.js';
import { signedRequest } from './signed-request.js';
import type { TestFrame } from './test-frame.js';
import { CONTRACT_TIME } from './test-frame.js';

/** The part of the contract about what a genuine request is: named as its fixture says, without the secret. */
export function describeNaming(description: SourceDescription, fixture: SourceFixture, { it }: TestFrame): void {
  const request = fixtureRequest(description, fixture, CONTRACT_TIME);

  it('is named as the fixture says', () => {
    const events = normalise(description, request);
    const expected = [fixture.expected, ...(fixture.more ?? [])];
    assert.equal(events.length, expected.length, `events of ${fixture.name}`);
    for (const [index, event] of events.entries()) assertNamed(event, expected[index] as ExpectedEvent, fixture.name);
    assert.deepEqual(normalise(description, request), events, 'the same request gives the same events');
  });

  it('keeps no bearer secret', () => {
    const events = normalise(description, request);
    for (const name of description.scheme.secretHeaders) {
      const secret = request.headers[name];
      assert.ok(secret === undefined || !JSON.stringify(events).includes(secret), `${name} was kept`);
    }
  });
}

/** The part of the contract about bodies that no sender documents. */
export function describeHostility(
  description: SourceDescription,
  fixture: SourceFixture,
  { describe, it }: TestFrame,
): void {
  describe('whatever a verified body holds', () => {
    const { headers, secret } = fixture;
    const requests = hostileBodies.flatMap((body) =>
      [headers, {}, { ...headers, 'content-type': 'application/x-www-form-urlencoded ; charset=UTF-8' }].map((sent) =>
        signedRequest(description, { body, secret, headers: sent, now: CONTRACT_TIME }),
      ),
    );

    it('no function of the description throws', () => {
      for (const request of requests) askEverything(description, request);
    });

    it('gives an event that can be stored', () => {
      for (const request of requests) {
        for (const event of normalise(description, request)) {
          assert.ok(event.type !== '' && event.externalId !== '', 'type and externalId are never empty');
          JSON.stringify({ ...event, payload: undefined }, assertStorable);
          assert.ok(
            Buffer.byteLength(event.externalId) <= 256 && Buffer.byteLength(event.type) <= 256,
            'bounded in length',
          );
        }
      }
    });
  });
}

function assertNamed(event: NormalisedEvent, expected: ExpectedEvent, fixture: string): void {
  for (const name of Object.keys(expected) as (keyof ExpectedEvent)[]) {
    const value = event[name];
    const actual = value instanceof Date ? value.toISOString() : (value ?? null);
    assert.deepEqual(actual, expected[name], `${name} of ${fixture}`);
  }
}

function askEverything(description: SourceDescription, request: InboundRequest): void {
  const { headers, body, receivedAt } = request;
  const { payload } = parseBody(headers['content-type'], body, description.formField);
  const seen: VerifiedRequest = { headers, body, receivedAt, payload, whole: payload };
  const { externalId, eventType, occurredAt, subject, tenant, apiVersion, livemode } = description;
  for (const question of [externalId, eventType, occurredAt, subject, tenant, apiVersion, livemode]) question?.(seen);
  description.challenge?.post?.(seen);
}

/** A replacer for `JSON.stringify`, which visits every value. */
function assertStorable(_key: string, value: unknown): unknown {
  if (typeof value === 'string') assert.ok(!/\0|\p{Surrogate}/u.test(value), 'no NUL and no lone surrogate');
  return value;
}
