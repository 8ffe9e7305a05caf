import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { normalise } from '../sources/interpret.js';
import type { SourceDescription } from '../sources/source.js';
import type { SourceFixture } from './fixture.js';
import { fixtureRequest } from './fixture.js';
import type { TestFrame } from './test-frame.js';
import { CONTRACT_TIME } from './test-frame.js';

/** The part of the contract about bodies that hold several events. */
export function describeSplit(description: SourceDescription, fixture: SourceFixture, { it }: TestFrame): void {
  const request = fixtureRequest(description, fixture, CONTRACT_TIME);
  const { body } = request;
  const parts = normalise(description, request).flatMap((event) => (event.part ? [{ event, part: event.part }] : []));

  it('is divided without overlap, in order, each event exactly its bytes', () => {
    let end = 0;
    for (const { event, part } of parts) {
      const bytes = body.subarray(part.offset, part.offset + part.length);
      assert.ok(part.offset >= end && part.length > 0, 'after the one before');
      JSON.parse(bytes.toString());
      assert.deepEqual(event.bodySha256, createHash('sha256').update(bytes).digest());
      end = part.offset + part.length;
    }
  });

  it('has events that are the same when they come alone', () => {
    for (const { event, part } of parts) {
      const { offset, length, listStart, listEnd } = part;
      const pieces = [[0, listStart] as const, [offset, offset + length] as const, [listEnd, body.length] as const];
      const alone = Buffer.concat(pieces.map(([start, end]) => body.subarray(start, end)));
      const again = normalise(description, { ...request, body: alone });
      const own = { offset: listStart, length, listStart, listEnd: listStart + length };
      assert.deepEqual(again, [{ ...event, part: own }]);
    }
  });

  it('has events with ids of their own', () => {
    assert.equal(new Set(parts.map(({ event }) => event.externalId)).size, parts.length);
  });
}
