import { describe, expect, it } from '@jest/globals';
import { dateOf, field, firstOf, onlyOf, textOf } from './field.js';

describe('field', () => {
  const payload = { data: { object: { id: 'x' }, list: [{ id: 1 }] }, nothing: null };

  it.each<[(string | number)[], unknown]>([
    [[], payload],
    [['data', 'object', 'id'], 'x'],
    [['data', 'list', 0, 'id'], 1],
    [['data', 'list', 1, 'id'], undefined],
    [['nothing', 'id'], undefined],
    [['data', 'object', 'id', 'length'], undefined],
    [['constructor'], undefined],
    [['__proto__', 'toString'], undefined],
  ])('at %j', (path, value) => expect(field(payload, ...path)).toBe(value));

  it.each([null, undefined, 1, 'text', true])('finds nothing in %j', (value) =>
    expect(field(value, 'id')).toBeUndefined(),
  );
});

describe('firstOf and onlyOf', () => {
  it.each<[unknown, unknown, unknown]>([
    [{ id: 1 }, { id: 1 }, { id: 1 }],
    [[7], 7, 7],
    [[7, 8], 7, undefined],
    [[], undefined, undefined],
    [null, null, null],
  ])('of %j', (payload, first, only) => {
    expect(firstOf(payload)).toEqual(first);
    expect(onlyOf(payload)).toEqual(only);
  });
});

describe('textOf', () => {
  it.each([
    ['x', 'x'],
    [42, '42'],
    [-1001234567890, '-1001234567890'],
    ['', undefined],
    [1.5, undefined],
    [2 ** 53, undefined],
    [null, undefined],
    [{}, undefined],
    [true, undefined],
  ])('of %j is %j', (value, text) => expect(textOf(value)).toBe(text));
});

describe('dateOf', () => {
  it.each([
    [1793620800, '2026-11-02T12:00:00.000Z'],
    ['2026-11-02T12:00:00Z', '2026-11-02T12:00:00.000Z'],
    ['2026-11-02T12:00:00.123456789Z', '2026-11-02T12:00:00.123Z'],
    ['2026-11-02T07:00:00-05:00', '2026-11-02T12:00:00.000Z'],
    ['2026-11-02T12:00:00', undefined],
    ['2026-02-31T99:00:00Z', undefined],
    ['yesterday', undefined],
    ['1793620800', undefined],
    [1e300, undefined],
    [null, undefined],
    [true, undefined],
  ])('of %j is %j', (value, iso) => expect(dateOf(value)?.toISOString()).toBe(iso));
});
