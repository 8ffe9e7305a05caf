import assert from 'node:assert/strict';
import type { SourceDescription } from '../sources/source.js';
import { describeHostility, describeNaming } from './describe-naming.js';
import { describeTime, describeVerification } from './describe-verification.js';
import type { SourceFixture } from './fixture.js';
import { fixtureDescription } from './fixture.js';
import type { TestFrame } from './test-frame.js';

/**
 * The contract that every source type keeps, as tests: it accepts a genuine request and no other, never throws, and names
 * each fixture's event as the fixture says. Register it in a test file:
 * `describeSource(acme, readFixtures(new URL('./fixtures/', import.meta.url)), { describe, it })`.
 */
export function describeSource(
  description: SourceDescription,
  fixtures: readonly SourceFixture[],
  frame: TestFrame,
): void {
  const { type } = description;
  frame.describe(`source type ${type}`, () => {
    frame.it('has a fixture', () => assert.notEqual(fixtures.length, 0, `no fixture for source type ${type}`));
    for (const fixture of fixtures) {
      frame.describe(fixture.name, () => {
        const source = fixtureDescription(description, fixture);
        describeNaming(source, fixture, frame);
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
