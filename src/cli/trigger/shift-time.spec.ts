import { describe, expect, it } from '@jest/globals';
import { shiftTime } from './shift-time.js';

const from = new Date('2026-11-02T12:00:00Z');
const to = new Date('2027-01-05T08:00:01.500Z');

describe('shiftTime', () => {
  it.each([
    ['1793620799', '1799136000'],
    ['1793620799123', '1799136000623'],
    ['2026-11-02T11:59:59Z', '2027-01-05T08:00:00Z'],
    ['2026-11-02T11:59:59.123456Z', '2027-01-05T08:00:00.623000Z'],
    ['2026-11-02T12:59:59+01:00', '2027-01-05T09:00:00+01:00'],
    ['2026-11-02T06:59:59-0500', '2027-01-05T03:00:00-0500'],
    ['2026-11-02T11:59:57', '2027-01-05T07:59:58'],
    ['Mon, 02 Nov 2026 11:59:58 +0000', 'Tue, 05 Jan 2027 07:59:59 +0000'],
  ])('moves %s and keeps its spelling', (text, moved) => expect(shiftTime(text, from, to)).toBe(moved));

  it.each(['', 'tomorrow', '2026-11-02', '1042', '2026-10-28T00:00:00Z', '1893620799', '2026-99-02T11:59:59Z'])(
    'leaves %j alone',
    (text) => expect(shiftTime(text, from, to)).toBeUndefined(),
  );
});
