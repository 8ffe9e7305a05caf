import { describe, expect, it } from '@jest/globals';
import { parseExactJson } from '../sources/exact-json.js';
import { compileFilter } from './compile-filter.js';
import { askFilter, STEPS_PER_EVENT, Work, type FilterAnswer, type FilterDocument } from './filter.js';

const EVENT: FilterDocument = {
  source: 'shop-eu',
  sourceType: 'shopify',
  type: 'orders/create',
  subject: 'order-7',
  tenant: undefined,
  livemode: false,
  headers: { 'x-shopify-topic': 'orders/create' },
  data: parseExactJson(`{
    "id": 704912205188288575, "amount": 120.5, "note": null, "name": "Blåbär", "tags": ["new", "vip"], "digits": "42",
    "customer": { "city": "Oslo", "vat": false }, "created": "2026-11-02T10:00:00Z", "with.dot": 1, "empty": [],
    "items": [ { "sku": "a", "qty": 1 }, { "sku": "b", "qty": 5, "sizes": [40, 41] } ], "matrix": [[1, 2], [3]]
  }`),
};

function ask(filter: unknown, document: FilterDocument = EVENT): FilterAnswer {
  const compiled = compileFilter(filter);
  if (!('conditions' in compiled)) throw new Error(JSON.stringify(compiled));
  return askFilter(compiled, document, new Work(STEPS_PER_EVENT));
}

function problems(filter: unknown): string[] {
  const compiled = compileFilter(filter);
  return 'conditions' in compiled ? [] : compiled.map(({ path, message }) => `${path}: ${message}`);
}

describe('a filter', () => {
  it.each<[string, unknown, boolean]>([
    ['a field', { source: 'shop-eu', sourceType: 'shopify', type: 'orders/create', livemode: false }, true],
    ['a field, no', { subject: 'order-8' }, false],
    ['a header, in any case', { 'headers.X-Shopify-Topic': 'orders/create' }, true],
    ['a key of the body', { 'data.customer.city': 'Oslo' }, true],
    ['a key with a dot in it', { 'data.with\\.dot': 1 }, true],
    ['a number and a text are different', { 'data.digits': 42 }, false],
    ['false is not missing', { 'data.customer.vat': false }, true],
    ['a whole block, in any order of keys', { 'data.customer': { vat: false, city: 'Oslo' } }, true],
    ['a whole block, with a key too many', { 'data.customer': { vat: false } }, false],
    ['a whole list', { 'data.tags': ['new', 'vip'] }, true],
    ['a whole list in another order', { 'data.tags': ['vip', 'new'] }, false],
    ['an item of a list', { 'data.tags': 'vip' }, true],
    ['a 64-bit id, exactly', { 'data.id': '704912205188288575' }, true],
    ['a 64-bit id that a number would round to the same', { 'data.id': '704912205188288576' }, false],
    ['null', { 'data.note': null }, true],
    ['null, which missing is too', { 'data.nothing': null, tenant: null }, true],
    ['null, which a value is not', { 'data.name': null }, false],
    ['$eq', { 'data.amount': { $eq: 120.5 } }, true],
    ['$ne', { 'data.amount': { $ne: 120.5 } }, false],
    ['$ne of what is missing', { 'data.nothing': { $ne: 1 } }, true],
    ['$ne is about every item', { 'data.tags': { $ne: 'vip' } }, false],
    ['$gt', { 'data.amount': { $gt: 120.4 } }, true],
    ['$gt, equal', { 'data.amount': { $gt: 120.5 } }, false],
    ['$gte, equal', { 'data.amount': { $gte: 120.5 } }, true],
    ['$lt', { 'data.amount': { $lt: 120.6 } }, true],
    ['$lte, equal', { 'data.amount': { $lte: 120.5 } }, true],
    ['$lt of what is missing', { 'data.nothing': { $lt: 5 } }, false],
    ['$lt of null', { 'data.note': { $lt: 5 } }, false],
    ['$lt of a text against a number', { 'data.digits': { $lt: 50 } }, false],
    ['$gt of a 64-bit id against a number', { 'data.id': { $gt: 1000 } }, true],
    ['$gt of a 64-bit id against a longer one', { 'data.id': { $gt: '9999999999999999999' } }, false],
    ['$lt of a 64-bit id, by value and not by text', { 'data.id': { $lt: '1000000000000000000' } }, true],
    ['$gte of ISO 8601', { 'data.created': { $gte: '2026-11-01', $lt: '2026-12-01' } }, true],
    ['$gt of any item', { 'data.items.qty': { $gt: 4 } }, true],
    ['$in', { 'data.customer.city': { $in: ['Bergen', 'Oslo'] } }, true],
    ['$in of an item', { 'data.tags': { $in: ['vip'] } }, true],
    ['$in with blocks and null', { 'data.nothing': { $in: [{ a: 1 }, null] } }, true],
    ['$in, empty', { 'data.amount': { $in: [] } }, false],
    ['$nin', { 'data.customer.city': { $nin: ['Oslo'] } }, false],
    ['$nin of what is missing', { 'data.nothing': { $nin: ['Oslo'] } }, true],
    ['$exists', { 'data.note': { $exists: true } }, true],
    ['$exists, no', { 'data.note.x': { $exists: true } }, false],
    ['$exists: false', { tenant: { $exists: false } }, true],
    ['$exists: false below an empty list', { 'data.empty.x': { $exists: false } }, true],
    ['$all', { 'data.tags': { $all: ['vip', 'new'] } }, true],
    ['$all, one missing', { 'data.tags': { $all: ['vip', 'old'] } }, false],
    ['$size', { 'data.tags': { $size: 2 } }, true],
    ['$size of no list', { 'data.name': { $size: 6 } }, false],
    ['$elemMatch on one item', { 'data.items': { $elemMatch: { sku: 'b', qty: { $gte: 5 } } } }, true],
    ['$elemMatch never over two items', { 'data.items': { $elemMatch: { sku: 'a', qty: { $gte: 5 } } } }, false],
    ['the same without it, over two items', { 'data.items.sku': 'a', 'data.items.qty': { $gte: 5 } }, true],
    ['$elemMatch with operators', { 'data.items.sizes': { $elemMatch: { $gt: 40, $lt: 42 } } }, true],
    ['an index', { 'data.items.1.sku': 'b' }, true],
    ['an index past the end', { 'data.items.2.sku': { $exists: true } }, false],
    ['$regex', { type: { $regex: '^orders/' } }, true],
    ['$regex, case', { 'data.name': { $regex: '^BLÅ' } }, false],
    ['$regex with $options', { 'data.name': { $regex: '^BLÅ', $options: 'i' } }, true],
    ['$regex of an item', { 'data.tags': { $regex: 'i' } }, true],
    ['$regex of a number', { 'data.amount': { $regex: '1' } }, false],
    ['$not', { 'data.amount': { $not: { $gt: 100 } } }, false],
    ['$not of what is missing', { 'data.nothing': { $not: { $gt: 100 } } }, true],
    ['$not with $regex', { type: { $not: { $regex: '^carts/' } } }, true],
    ['$and', { $and: [{ source: 'shop-eu' }, { 'data.amount': { $gt: 1 } }] }, true],
    ['$or', { $or: [{ source: 'other' }, { 'data.amount': { $gt: 1 } }] }, true],
    ['$or, none', { $or: [{ source: 'other' }, { 'data.amount': { $lt: 1 } }] }, false],
    ['$nor', { $nor: [{ source: 'other' }, { 'data.amount': { $lt: 1 } }] }, true],
    ['$or below $elemMatch', { 'data.items': { $elemMatch: { $or: [{ sku: 'z' }, { qty: 5 }] } } }, true],
    ['all of several', { source: 'shop-eu', 'data.amount': { $gt: 1, $lt: 100 } }, false],
  ])('takes %s', (_name, filter, expected) => {
    expect(ask(filter).answer).toBe(expected ? 'yes' : 'no');
  });

  it('says which of its conditions did not hold, and no value', () => {
    const condition = (filter: unknown) => (ask(filter) as { condition?: string }).condition;
    expect(condition({ source: 'shop-eu', 'data.amount': { $gt: 1, $lt: 100 } })).toBe('data.amount.$lt');
    expect(condition({ 'data.customer.city': 'Bergen' })).toBe('data.customer.city');
    expect(condition({ $and: [{ livemode: false }, { 'data.amount': { $lt: 1 } }] })).toBe('$and[1].data.amount.$lt');
    expect(condition({ $or: [{ livemode: true }] })).toBe('$or');
    expect(condition({ 'data.tags': { $all: ['vip', 'old'] } })).toBe('data.tags.$all[1]');
  });

  it('sees own properties only', () => {
    for (const path of [
      'constructor',
      '__proto__',
      'toString.name',
      'customer.hasOwnProperty',
      'tags.length',
      'name.length',
    ]) {
      expect(ask({ [`data.${path}`]: { $exists: true } })).toEqual({ answer: 'no', condition: `data.${path}.$exists` });
    }
    const document = { ...EVENT, data: JSON.parse('{"__proto__": {"admin": true}}') as unknown };
    expect(ask({ 'data.__proto__.admin': true }, document).answer).toBe('yes');
    expect(ask({ 'data.admin': true }, document).answer).toBe('no');
    expect(ask({ data: JSON.parse('{"__proto__": {"admin": true}}') as unknown }, { ...EVENT, data: {} }).answer).toBe(
      'no',
    );
  });

  it('fails, and does not say no, when the event is too much for it', () => {
    const items = Array.from({ length: 300_000 }, (_, index) => ({ index }));
    const large = { ...EVENT, data: { items, text: 'a'.repeat(1_000_000) } };
    for (const filter of [{ 'data.items.index': -1 }, { 'data.text': { $regex: '[ab]{20}c' } }]) {
      expect(ask(filter, large)).toEqual({ answer: 'failed', reason: 'the event is too large for this filter' });
    }
    expect(ask({ 'data.items.299999.index': 299_999 }, large).answer).toBe('yes');
  });

  it('shares an allowance with the other filters of the event', () => {
    const compiled = compileFilter({ 'data.items.qty': 5 });
    if (!('conditions' in compiled)) throw new Error('must compile');
    const allowance = new Work(150);
    expect(askFilter(compiled, EVENT, allowance).answer).toBe('yes');
    expect(allowance.left).toBeLessThan(50);
    expect(askFilter(compiled, EVENT, allowance).answer).toBe('failed');
    expect(askFilter(compiled, EVENT, allowance).answer).toBe('failed');
  });
});

describe('a filter that is refused', () => {
  it.each<[unknown, RegExp]>([
    [{ $where: 'return true' }, /^\$where: is not an operator here/],
    [{ 'data.a': { $where: 'return true' } }, /^data\.a\.\$where: is not an operator\. Known: \$eq/],
    [{ 'data.a': { $gt: 1, b: 2 } }, /^data\.a\.b: is not an operator/],
    [{ 'data.a': { $expr: {} } }, /^data\.a\.\$expr/],
    [{ 'data.items': { $elemMatch: { $function: 'x' } } }, /^data\.items\.\$elemMatch\.\$function/],
    [{ $gt: 5 }, /^\$gt: stands below a field/],
    [{ data: { amount: { $gt: 5 } } }, /^data\.amount\.\$gt: is an operator inside a value; write the path with dots/],
    [{ body: 1 }, /^body: starts with no field of an event\. Known: source/],
    [{ 'type.x': 1 }, /^type\.x: type is a single value/],
    [{ 'data..a': 1 }, /^data\.\.a: is not a path/],
    [{ 'data.id': Number('704912205188288575') }, /^data\.id: is an integer too large for a number; put it in quotes/],
    [{ 'data.id': { $in: [1, 2 ** 60] } }, /^data\.id\.\$in\[1\]: is an integer too large/],
    [{ 'data.id': Number.NaN }, /^data\.id: is no number/],
    [{ 'data.a': { $gt: true } }, /must be a number or a text/],
    [{ 'data.a': { $in: 'x' } }, /must be a list/],
    [{ 'data.a': { $all: [] } }, /must be a list of values, and not an empty one/],
    [{ 'data.a': { $exists: 1 } }, /must be true or false/],
    [{ 'data.a': { $size: -1 } }, /whole number/],
    [{ 'data.a': { $not: 5 } }, /must hold operators/],
    [{ 'data.a': { $options: 'i' } }, /needs \$regex/],
    [{ 'data.a': { $regex: '(' } }, /is not a regular expression of RE2/],
    [{ 'data.a': { $regex: '(?=a)' } }, /no lookaround/],
    [{ 'data.a': { $regex: '(a{30}){30}' } }, /too large/],
    [{ 'data.a': { $regex: 'a'.repeat(257) } }, /more than 256/],
    [{ 'data.a': { $regex: 'a', $options: 'g' } }, /unknown \$options/],
    [{ 'data.a': { $regex: /a/ } }, /holds something that is not JSON/],
    [{ 'data.a': () => true }, /holds something that is not JSON/],
    [{ $and: [] }, /^\$and: must be a list of filters, and not an empty one/],
    [{ $or: [{}] }, /^\$or\[0\]: is empty/],
    [{}, /is empty/],
    [[], /must be a block/],
    ['data.a', /must be a block/],
    [null, /must be a block/],
    [undefined, /not JSON/],
    [{ 'data.a': 'x'.repeat(1_025) }, /text of more than/],
    [{ 'data.a': 'a\0' }, /NUL/],
    [{ 'data.a': '\ud800' }, /half a character/],
    [{ 'data.a': { $in: Array.from({ length: 2_000 }, (_, n) => n) } }, /more than 2000 keys and values/],
    [nested(20), /is nested deeper than 12/],
  ])('%j', (filter, message) => {
    expect(problems(filter).join('\n')).toMatch(message);
  });

  it('names every problem at once', () => {
    expect(problems({ $where: 'x', 'data.a': { $gt: null, $foo: 1 }, nothing: 1 })).toHaveLength(4);
  });
});

function nested(depth: number): object {
  return depth === 0 ? { source: 'x' } : { $and: [nested(depth - 1)] };
}
