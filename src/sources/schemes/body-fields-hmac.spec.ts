import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { bodyFieldsHmac } from './body-fields-hmac.js';

const KEY = 'DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00';
const adyen = bodyFieldsHmac({
  items: 'items',
  fields: [
    ['pspReference'],
    ['originalReference'],
    ['merchantAccountCode'],
    ['merchantReference'],
    ['amount', 'value'],
    ['amount', 'currency'],
    ['eventCode'],
    ['success'],
  ],
  joiner: ':',
  signature: ['additionalData', 'hmacSignature'],
  encoding: 'base64',
  key: 'hex',
});
const ITEM = {
  pspReference: 'pspReference',
  originalReference: 'originalReference',
  merchantAccountCode: 'merchantAccount',
  merchantReference: 'reference',
  amount: { value: 1000, currency: 'EUR' },
  eventCode: 'CAPTURE',
  success: 'true',
  additionalData: { hmacSignature: 'xhpHvYq2u2Np0rstbZ6QjLGu7JWhvf7Iwaa6EviJSX0=' },
};
const mailgun = bodyFieldsHmac({
  fields: [
    ['signature', 'timestamp'],
    ['signature', 'token'],
  ],
  joiner: '',
  signature: ['signature', 'signature'],
  encoding: 'hex',
  key: 'text',
  time: ['signature', 'timestamp'],
});

function outcomeOf(scheme: typeof adyen, body: unknown, secrets: readonly string[], now = new Date()) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const request = { method: 'POST', headers: {}, repeated: new Set<string>(), body: bytes, receivedAt: now };
  return scheme.check(request, { secrets, now, toleranceSeconds: 300 }).outcome;
}

describe('bodyFieldsHmac', () => {
  it("agrees with Adyen's vector", () => {
    expect(outcomeOf(adyen, { items: [ITEM] }, [KEY])).toBe('ok');
    const unsigned = { items: [{ ...ITEM, additionalData: {} }] };
    const signed = adyen.signBody?.(Buffer.from(JSON.stringify(unsigned)), { secret: KEY, now: new Date() });
    expect(JSON.parse(String(signed))).toEqual({ items: [ITEM] });
  });

  it('agrees with an HMAC of time and token, made apart', () => {
    const signature = createHmac('sha256', 'key-x')
      .update('1793620800' + 'abc')
      .digest('hex');
    const body = { signature: { timestamp: '1793620800', token: 'abc', signature } };
    const at = (seconds: number) => outcomeOf(mailgun, body, ['key-x'], new Date((1793620800 + seconds) * 1000));
    expect([0, 300, -300, 301, -301].map(at)).toEqual(['ok', 'ok', 'ok', 'stale', 'stale']);
  });

  it.each<[string, unknown, string]>([
    ['another amount', { ...ITEM, amount: { value: 1001, currency: 'EUR' } }, 'mismatch'],
    ['a missing field', { ...ITEM, success: undefined }, 'mismatch'],
    ['an object for a field', { ...ITEM, eventCode: { CAPTURE: 1 } }, 'malformed'],
    ['a list for a field', { ...ITEM, originalReference: ['x'] }, 'malformed'],
    ['a fraction', { ...ITEM, amount: { value: 10.5, currency: 'EUR' } }, 'malformed'],
    ['no signature', { ...ITEM, additionalData: {} }, 'missing'],
    ['a signature that is none', { ...ITEM, additionalData: { hmacSignature: 'é'.repeat(44) } }, 'malformed'],
    ['nothing', null, 'missing'],
  ])('an item with %s: %s', (_case, item, outcome) => {
    expect(outcomeOf(adyen, { items: [item] }, [KEY])).toBe(outcome);
    expect(outcomeOf(adyen, { items: [ITEM, item] }, [KEY])).toBe(outcome);
  });

  it.each([10.5, -0.1, {}, []])('takes no %j where a genuine item has nothing, as if it were nothing too', (value) => {
    const without = { ...ITEM, amount: { currency: 'EUR' } };
    const body = adyen.signBody?.(Buffer.from(JSON.stringify({ items: [without] })), { secret: KEY, now: new Date() });
    const { items } = JSON.parse(String(body)) as { items: (typeof ITEM)[] };
    expect(outcomeOf(adyen, { items }, [KEY])).toBe('ok');
    const filled = { ...items[0], amount: { value, currency: 'EUR' } };
    expect(outcomeOf(adyen, { items: [filled] }, [KEY])).toBe('malformed');
  });

  it('takes the same values, written otherwise', () => {
    expect(
      outcomeOf(adyen, { items: [{ ...ITEM, amount: { value: '1000', currency: 'EUR' }, success: true }] }, [KEY]),
    ).toBe('ok');
  });

  it.each([
    ['no list', {}],
    ['an empty list', { items: [] }],
    ['a list that is too long', { items: Array.from({ length: 1001 }, () => ITEM) }],
    ['something else', { items: { 0: ITEM } }],
    ['no JSON', Buffer.from('{"items":[')],
    ['no UTF-8', Buffer.from([0xff])],
  ])('%s: malformed', (_case, body) => expect(outcomeOf(adyen, body, [KEY])).toBe('malformed'));

  it('accepts several genuine items', () => expect(outcomeOf(adyen, { items: [ITEM, ITEM] }, [KEY])).toBe('ok'));

  it('uses the key in hex, whatever its case, and nothing else', () => {
    expect(outcomeOf(adyen, { items: [ITEM] }, [KEY.toLowerCase()])).toBe('ok');
    expect(outcomeOf(adyen, { items: [ITEM] }, ['', `${KEY}0`, 'zz'.repeat(32)])).toBe('mismatch');
    expect(adyen.secretProblem('pdl_key')).toContain('hex');
  });
});
