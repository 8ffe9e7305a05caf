import assert from 'node:assert/strict';
import type { SourceDescription } from '../sources/source.js';
import { describeHandshake, describeHandshakes } from './describe-handshake.js';
import { describeHostility, describeNaming } from './describe-naming.js';
import { describeSplit } from './describe-split.js';
import { describeTime, describeVerification } from './describe-verification.js';
import type { HandshakeFixture, SourceFixture } from './fixture.js';
import { fixtureDescription } from './fixture.js';
import type { TestFrame } from './test-frame.js';

/**
 * The contract that every source type keeps, as tests: it accepts a genuine request and no other, never throws, and names
 * each fixture's events as the fixture says; what its description says of handshakes and of bodies with several events has
 * a fixture too, and holds. Register it in a test file:
 * `describeSource(acme, readFixtures(new URL('./fixtures/', import.meta.url)), { describe, it })`; with handshakes also
 * `readHandshakes(new URL('./handshakes/', import.meta.url))`.
 */
export function describeSource(
  description: SourceDescription,
  fixtures: readonly SourceFixture[],
  frame: TestFrame,
  handshakes: readonly HandshakeFixture[] = [],
): void {
  const { type } = description;
  frame.describe(`source type ${type}`, () => {
    frame.it('has a fixture', () => assert.notEqual(fixtures.length, 0, `no fixture for source type ${type}`));
    describeHandshakes(description, fixtures, handshakes, frame);
    for (const handshake of handshakes) {
      frame.describe(handshake.name, () => describeHandshake(description, handshake, frame));
    }
    if (description.split !== undefined) {
      frame.it('has a fixture of several events', () =>
        assert.ok(
          fixtures.some(({ more = [] }) => more.length > 0),
          `none for ${type}, whose bodies are split`,
        ),
      );
    }
    for (const fixture of fixtures) {
      frame.describe(fixture.name, () => {
        const source = fixtureDescription(description, fixture);
        describeNaming(source, fixture, frame);
        if (source.split !== undefined) describeSplit(source, fixture, frame);
        if (source.scheme.needsSecret) describeVerification(source, fixture, frame);
        if (source.scheme.signsTime) describeTime(source, fixture, frame);
      });
    }
    // Once is enough: the bodies are the same for every fixture.
    for (const fixture of fixtures.slice(0, 1)) {
      describeHostility(fixtureDescription(description, fixture), fixture, frame);
    }
  });
}
