import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bodyVariations } from './body-variations.js';

const formsOf = (text: string | Buffer) => bodyVariations(Buffer.from(text)).map(({ body }) => body.toString());
/** What a proxy that reads and writes JSON makes of a body, and what was signed. */
const changes: [string, string, string][] = [
  ['compact became pretty', '{\n  "a": [1, 2]\n}', '{"a":[1,2]}'],
  ['pretty became compact', '{"a":[1,2]}', '{\n  "a": [\n    1,\n    2\n  ]\n}'],
  ['the spaces of Python went', '{"a":"x, y: z","b":1}', '{"a": "x, y: z", "b": 1}'],
  ['escapes became letters', '{"a":"é"}', '{"a":"\\u00e9"}'],
  ['escapes of PHP became letters', '{"a":"é/x"}', '{"a":"\\u00e9\\/x"}'],
  ['a line end was added', 'a=1\n', 'a=1'],
  ['a line end was taken away', 'a=1', 'a=1\n'],
  ['CRLF was taken away', '[]', '[]\r\n'],
  ['LF became CRLF', 'a\r\nb', 'a\nb'],
  ['CRLF became LF', 'a\nb', 'a\r\nb'],
  ['a byte order mark was added', '\ufeff{}', '{}'],
  ['a byte order mark was taken away', '{}', '\ufeff{}'],
  ['it was trimmed of nothing but spaces', ' x ', 'x'],
];

describe('the forms of a body', () => {
  it.each(changes)('hold the original when %s', (_what, received, signed) => {
    expect(formsOf(received)).toContain(signed);
  });

  it('leave bytes that are no text as they are', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe, 0x0a]);
    expect(bodyVariations(bytes).some(({ body }) => body.equals(bytes.subarray(0, 3)))).toBe(true);
  });

  it('are few, all different, and never the body itself', () => {
    const bodies = fc.oneof(fc.json(), fc.string(), fc.uint8Array());
    fc.assert(
      fc.property(bodies, (raw) => {
        const body = Buffer.from(raw as string);
        const forms = bodyVariations(body).map((variation) => variation.body.toString('latin1'));
        expect(forms.length).toBeLessThanOrEqual(16);
        expect(new Set([...forms, body.toString('latin1')]).size).toBe(forms.length + 1);
      }),
    );
  });
});
