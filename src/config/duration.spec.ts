import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { durationSchema, formatDuration, parseDuration } from './duration.js';
import { Refusal } from './from-text.js';

const schema = durationSchema('100ms', '1h');
const messageFor = (value: unknown) => schema.safeParse(value).error?.issues[0]?.message;

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['15s', 15_000],
    ['1.5s', 1_500],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
    [' 4s ', 4_000],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', 's', '-1s', '1 s', '1w', '1e3s', '15', 'P1D', '1h30m'])('%j is refused', (text) => {
    expect(parseDuration(text)).toBeInstanceOf(Refusal);
  });

  it('asks for a unit when a bare number is written, with or without quotes', () => {
    expect(messageFor(15)).toContain('has no unit; write a number with its unit: "500ms"');
    expect(messageFor('15')).toContain('has no unit; write');
  });

  it('has bounds, both included, which the message names', () => {
    expect(schema.parse('100ms')).toBe(100);
    expect(schema.parse('1h')).toBe(3_600_000);
    expect(messageFor('99ms')).toBe('is out of range; write at least 100ms and at most 1h');
    expect(messageFor('2h')).toBe('is out of range; write at least 100ms and at most 1h');
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 11 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseDuration(text);
        expect(ms instanceof Refusal || Number.isFinite(ms)).toBe(true);
      }),
    );
  });
});
