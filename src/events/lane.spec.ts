import { describe, expect, it } from '@jest/globals';
import { placeInLane } from './lane.js';

const ORDER = { ordered: true, latestOnly: false };
const about = { sourceId: 1, tenant: 'acct_1', subject: 'cus_1' };
const key = (changes: Partial<typeof about> = {}): string | undefined =>
  placeInLane(ORDER, { ...about, ...changes })?.key;

describe('an event’s lane', () => {
  it('is the same for the same subject, in every process', () => {
    expect(placeInLane(ORDER, about)).toEqual({ ...ORDER, key: '387fab52-3ac6-af55-d3d7-5fec06a3e6e5' });
  });

  it('is another one for another subject, tenant or source', () => {
    const keys = [key(), key({ subject: 'cus_2' }), key({ tenant: 'acct_2' }), key({ sourceId: 2 })];
    expect(new Set(keys).size).toBe(4);
  });

  it('does not run together where one name ends and the next begins', () => {
    expect(key({ tenant: 'a"', subject: 'b' })).not.toBe(key({ tenant: 'a', subject: '"b' }));
    expect(placeInLane(ORDER, { ...about, tenant: undefined })?.key).not.toBe(key({ tenant: '' }));
  });

  it('is none without a subject, nor on a route without an order', () => {
    expect(placeInLane(ORDER, { ...about, subject: undefined })).toBeUndefined();
    expect(placeInLane(undefined, about)).toBeUndefined();
  });
});
