import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileFilter } from './compile-filter.js';
import { askFilter, STEPS_PER_EVENT, Work, type FilterDocument } from './filter.js';

const OPERATORS =
  '$eq $ne $gt $gte $lt $lte $in $nin $exists $and $or $nor $not $all $size $elemMatch $regex $options $where $function $expr constructor __proto__ length'.split(
    ' ',
  );
const key = fc.oneof(
  fc.constantFrom(...OPERATORS, 'data', 'data.a', 'data.a.b', 'data.0', 'type', 'headers.a'),
  fc.string(),
);

/** Values of JSON with the words that matter to a filter; own `__proto__` keys too, as JSON.parse makes them. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -1, 5, 1.5, '', 'a', '(a|a)*$', '9007199254740993', 'return process.exit()'),
    fc.string(),
    fc.double(),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('any')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).any;

const document = value.map((data): FilterDocument => ({
  source: 's',
  sourceType: 't',
  type: 'a.b',
  subject: undefined,
  tenant: undefined,
  livemode: undefined,
  headers: {},
  data: { a: data, b: data },
}));

describe('any filter and any event', () => {
  it('give an answer or a refusal, never an exception, and the same one each time', () => {
    fc.assert(
      fc.property(value, document, (input, event) => {
        const compiled = compileFilter(input);
        if (!('conditions' in compiled)) {
          expect(compiled.length).toBeGreaterThan(0);
          return;
        }
        const before = JSON.stringify(event);
        const answer = askFilter(compiled, event, new Work(STEPS_PER_EVENT));
        expect(['yes', 'no']).toContain(answer.answer);
        expect(askFilter(compiled, event, new Work(STEPS_PER_EVENT))).toEqual(answer);
        expect(JSON.stringify(event)).toBe(before);
      }),
      { numRuns: 2_000 },
    );
  });

  it('agree that a value equals itself and what is put into a condition is found there', () => {
    const plain = fc.jsonValue({ maxDepth: 3 }).filter((json) => !JSON.stringify(json).includes('$'));
    fc.assert(
      fc.property(plain, document, (json, event) => {
        const compiled = compileFilter({ 'data.a': { $eq: json } });
        if (!('conditions' in compiled)) return;
        const same = { ...event, data: { a: structuredClone(json) } };
        expect(askFilter(compiled, same, new Work(STEPS_PER_EVENT))).toEqual({ answer: 'yes' });
        const negated = compileFilter({ 'data.a': { $ne: json } });
        if (!('conditions' in negated)) throw new Error('must compile');
        expect(askFilter(negated, same, new Work(STEPS_PER_EVENT)).answer).toBe('no');
      }),
    );
  });

  it('do no more than is allowed, whatever the body', () => {
    const body = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 })).map(([rows, columns]) =>
      Array.from({ length: rows }, () => ({
        a: Array.from({ length: columns }, (_, n) => ({ a: [n, 'aaaaaaaa'] })),
      })),
    );
    const filter = compileFilter({
      $or: [
        { 'data.a.a': { $elemMatch: { $regex: '(a|a)*b' } } },
        { data: { $elemMatch: { a: { $elemMatch: { a: { $all: [-1, -2] } } } } } },
      ],
    });
    if (!('conditions' in filter)) throw new Error('must compile');
    fc.assert(
      fc.property(body, fc.integer({ min: 0, max: 100_000 }), (data, allowed) => {
        const work = new Work(allowed);
        const event = { source: '', sourceType: '', type: '', headers: {}, data } as unknown as FilterDocument;
        expect(['no', 'failed']).toContain(askFilter(filter, event, work).answer);
        expect(work.left).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
