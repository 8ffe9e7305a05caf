import { describe, expect, it } from '@jest/globals';
import { formAsJson, mediaType, parseBody } from './parse-body.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const nested = (depth: number) => Buffer.from(`${'['.repeat(depth)}${']'.repeat(depth)}`);

describe('mediaType', () => {
  it.each([
    [undefined, ''],
    ['', ''],
    ['application/json', 'application/json'],
    [' Application/JSON ;charset=utf-8', 'application/json'],
    ['application/x-www-form-urlencoded\t; Charset="UTF-8"', FORM_TYPE],
  ])('of %j is %j', (header, type) => expect(mediaType(header)).toBe(type));
});

describe('parseBody', () => {
  it.each([
    ['JSON', JSON_TYPE, '{"id":1}', { id: 1 }, 'json'],
    ['JSON under another name', 'text/plain', '{"id":1}', { id: 1 }, 'json'],
    ['JSON under no name', undefined, ' [] ', [], 'json'],
    ['JSON null', JSON_TYPE, 'null', null, 'json'],
    ['JSON after a byte order mark', JSON_TYPE, '\ufeff{"id":1}', { id: 1 }, 'binary'],
    ['half of a JSON text', JSON_TYPE, '{"id":', undefined, 'binary'],
    ['nothing', JSON_TYPE, '', undefined, 'binary'],
    ['plain text', 'text/plain', 'hello', undefined, 'binary'],
    ['a form', `${FORM_TYPE} ; charset=UTF-8`, 'a=1&b=%E2%82%AC+x&a=2&a=3', { a: ['1', '2', '3'], b: '€ x' }, 'form'],
    ['an empty form', FORM_TYPE, '', {}, 'form'],
    ['a form with bytes that are no UTF-8', FORM_TYPE, 'a=%FF', { a: '\ufffd' }, 'form'],
  ])('reads %s', (_case, type, body, payload, format) => {
    expect(parseBody(type, Buffer.from(body))).toEqual({ payload, format });
  });

  it('takes invalid UTF-8 for binary, whatever it is called', () => {
    const body = Buffer.from('{"a":"\xff"}', 'latin1');
    for (const type of [JSON_TYPE, FORM_TYPE])
      expect(parseBody(type, body)).toEqual({ payload: undefined, format: 'binary' });
  });

  it('hands on as JSON what is nested at most 64 deep, and reads for itself up to 1,000', () => {
    for (const [depth, format] of [
      [64, 'json'],
      [65, 'binary'],
      [1000, 'binary'],
    ] as const) {
      const parsed = parseBody(JSON_TYPE, nested(depth));
      expect(Array.isArray(parsed.payload)).toBe(true);
      expect(parsed.format).toBe(format);
    }
    expect(parseBody(JSON_TYPE, nested(1001))).toEqual({ payload: undefined, format: 'binary' });
    expect(parseBody(JSON_TYPE, nested(1_000_000)).format).toBe('binary');
  });

  it.each([
    ['its JSON', 'payload=%7B%22id%22%3A704912205188288575%7D', { id: '704912205188288575' }],
    ['nothing where it is no JSON', 'payload=%7B', undefined],
    ['nothing where it is nested too deep', `payload=${nested(1001).toString()}`, undefined],
    ['the form where it is missing', 'a=b', { a: 'b' }],
    ['the form where it is repeated', 'payload=1&payload=2', { payload: ['1', '2'] }],
  ])('reads from the named field of a form %s', (_case, form, payload) => {
    expect(parseBody(FORM_TYPE, Buffer.from(form), 'payload')).toEqual({ payload, format: 'form' });
    expect(parseBody(JSON_TYPE, Buffer.from('{"payload":"1"}'), 'payload').payload).toEqual({ payload: '1' });
  });

  it.each([
    [
      'letter for letter',
      'payload=%7B%22id%22%3A704912205188288575%2C+%22a%22%3A1.0%7D',
      '{"id":704912205188288575, "a":1.0}',
    ],
    ['not where it is no JSON', 'payload=%7B', '{"payload":"{"}'],
    ['not where it is repeated', 'payload=1&payload=2', '{"payload":["1","2"]}'],
    [
      'not where it is deeper than others read',
      `payload=${nested(65).toString()}`,
      `{"payload":"${nested(65).toString()}"}`,
    ],
    ['not where it is missing', 'a=b', '{"a":"b"}'],
  ])('hands on the JSON of a form %s', (_case, form, json) =>
    expect(formAsJson(Buffer.from(form), 'payload')).toBe(json),
  );

  it('lets a form pollute nothing', () => {
    const { payload } = parseBody(FORM_TYPE, Buffer.from('__proto__=1&__proto__=2&constructor=3'));
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
    expect(Object.entries(payload as object)).toEqual([
      ['__proto__', ['1', '2']],
      ['constructor', '3'],
    ]);
  });
});
