import { describe, expect, it } from '@jest/globals';
import { byteSizeSchema, parseByteSize } from './byte-size.js';
import { Refusal } from './from-text.js';

const schema = byteSizeSchema(1, 100);
const messageFor = (value: unknown) => schema.safeParse(value).error?.issues[0]?.message;

describe('a size', () => {
  it.each([
    ['10MiB', 10_485_760],
    ['512KiB', 524_288],
    ['5 MB', 5_000_000],
    ['1kb', 1_000],
    ['1.5KiB', 1_536],
    ['900B', 900],
  ])('%j is %d bytes', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each(['', '10', '10M', 'MiB', '-1MiB', '1GiB'])('%j is refused', (text) => {
    expect(parseByteSize(text)).toBeInstanceOf(Refusal);
  });

  it('asks for a unit when a bare number is written', () => {
    expect(messageFor(10)).toContain('has no unit; write');
    expect(messageFor('10')).toContain('has no unit; write');
  });

  it('has bounds', () => {
    expect(schema.parse('100MiB')).toBe(104_857_600);
    expect(messageFor('101MiB')).toContain('at most 100MiB');
    expect(messageFor('1B')).toContain('at least 1KiB');
  });
});
