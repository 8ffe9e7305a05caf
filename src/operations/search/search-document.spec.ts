import { describe, expect, it } from '@jest/globals';
import { SEARCHED_BODY_BYTES, searchDocument } from './search-document.js';

describe('searchDocument', () => {
  it('is the text as it came, so that a 64-bit number keeps its digits', () => {
    const text = '{"id":9007199254740993,"a":[1.10]}';
    expect(searchDocument(Buffer.from(text))).toBe(text);
    expect(searchDocument(Buffer.from(`\ufeff${text}`))).toBe(text);
  });

  it.each([
    ['text', 'hello'],
    ['a number', '17'],
    ['null', 'null'],
    ['a broken object', '{"a":'],
    ['nothing', ''],
    ['more than is searched', JSON.stringify({ a: 'x'.repeat(SEARCHED_BODY_BYTES) })],
  ])('is nothing for %s', (_name, text) => {
    expect(searchDocument(Buffer.from(text))).toBeNull();
  });

  it('is nothing for bytes that are no UTF-8, and for none', () => {
    expect([searchDocument(Buffer.from([0x22, 0xff, 0x22])), searchDocument(null)]).toEqual([null, null]);
  });

  it('leaves out what Postgres has no text for', () => {
    expect(searchDocument(Buffer.from('{"a":"b\\u0000c","d":"\\ud83d\\ude00\\ud800"}'))).toBe(
      '{"a":"bc","d":"😀\ufffd"}',
    );
  });
});
