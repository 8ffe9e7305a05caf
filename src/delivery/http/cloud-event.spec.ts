import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseBody } from '../../sources/parse-body.js';
import { cloudEvent } from './cloud-event.js';
import { fakeDelivery } from '../fake-delivery.js';

const read = (bytes: Buffer) => JSON.parse(bytes.toString()) as Record<string, unknown>;

describe('cloudEvent', () => {
  it('names the event by CloudEvents 1.0, leaving out what is not known', () => {
    expect(read(cloudEvent(fakeDelivery(), Buffer.from('{"a":1}')))).toEqual({
      specversion: '1.0',
      id: 'evt_0195a0a0000070008000000000000001',
      source: '/webhooks/stripe-eu',
      type: 'stripe.invoice.paid',
      time: '2026-03-01T12:00:00.000Z',
      externalid: 'evt_1',
      receivedat: '2026-03-01T12:00:00.000Z',
      datacontenttype: 'application/json',
      data: { a: 1 },
    });
  });

  it('tells when it happened, what and whose it is, where that is known', () => {
    const known = {
      occurredAt: new Date('2026-02-28T01:02:03Z'),
      subject: 'in_1',
      tenant: 'acct_1',
      apiVersion: '2026-01-01',
      livemode: false,
    };
    expect(read(cloudEvent(fakeDelivery(known), Buffer.from('1')))).toMatchObject({
      time: '2026-02-28T01:02:03.000Z',
      receivedat: '2026-03-01T12:00:00.000Z',
      subject: 'in_1',
      tenant: 'acct_1',
      apiversion: '2026-01-01',
      livemode: false,
    });
  });

  it('has only attribute names that CloudEvents allows', () => {
    const known = { occurredAt: new Date(), subject: 's', tenant: 't', apiVersion: 'v', livemode: true };
    const names = Object.keys(read(cloudEvent(fakeDelivery(known), Buffer.from('1'))));
    for (const name of names) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
  });

  it.each([
    ['64-bit numbers', '{"id":9223372036854775807,"sum":0.10000000000000000555,"n":1e400}'],
    ['order, repeats and spaces', '{ "b" : 1,\r\n\t"a":2, "b":3 }\n'],
    ['escapes as they were written', '{"a":"\\u00e9\\/\\ud83d\\ude42 é"}'],
    ['a lone surrogate, as an escape', '"\\ud800"'],
    ['__proto__', '{"__proto__":{"x":1}}'],
    ['a bare value', 'null'],
  ])('carries the sender’s JSON byte for byte: %s', (_case, text) => {
    const body = Buffer.from(text);
    const event = cloudEvent(fakeDelivery(), body);
    const head = event.indexOf('"data":') + '"data":'.length;
    expect(event.subarray(head, -1).equals(body)).toBe(true);
    expect(event.at(-1)).toBe(0x7d);
    expect(() => read(event)).not.toThrow();
  });

  it('gives back any JSON value, whatever its text', () => {
    fc.assert(
      fc.property(fc.json(), fc.string({ unit: 'binary' }), (text, subject) => {
        const { data, ...attributes } = read(cloudEvent(fakeDelivery({ subject }), Buffer.from(text)));
        expect(data).toEqual(JSON.parse(text));
        expect(attributes).toMatchObject({ id: expect.stringMatching(/^evt_/), subject });
      }),
    );
  });

  it('cannot be broken out of by what the sender named', () => {
    const hostile = '","data":{"evil":true},"x":"';
    const event = read(
      cloudEvent(fakeDelivery({ type: hostile, subject: hostile, externalId: hostile }), Buffer.from('{"a":1}')),
    );
    expect(event).toMatchObject({ type: `stripe.${hostile}`, subject: hostile, externalid: hostile, data: { a: 1 } });
    expect(event['x']).toBeUndefined();
  });

  it('carries a form as JSON', () => {
    const form = fakeDelivery({ bodyFormat: 'form', contentType: 'application/x-www-form-urlencoded; charset=utf-8' });
    const event = read(cloudEvent(form, Buffer.from('a=1&b=x+y&a=2&__proto__=z')));
    expect(event).toMatchObject({ datacontenttype: 'application/json', data: { a: ['1', '2'], b: 'x y' } });
    expect(read(cloudEvent(form, Buffer.alloc(0)))['data']).toEqual({});
  });

  it('carries the JSON in the field of a form, letter for letter, and any other form as it is', () => {
    const form = fakeDelivery({ bodyFormat: 'form', contentType: 'application/x-www-form-urlencoded' });
    const json = '{ "id":704912205188288575, "x":1.0}';
    const body = Buffer.from(`payload=${encodeURIComponent(json)}`);
    expect(cloudEvent(form, body, 'payload').toString().endsWith(`"data":${json}}`)).toBe(true);
    expect(read(cloudEvent(form, body))['data']).toEqual({ payload: json });
    expect(read(cloudEvent(form, Buffer.from('payload=%7B'), 'payload'))['data']).toEqual({ payload: '{' });
  });

  it.each([
    ['bytes that are no text', Buffer.from([0xff, 0x00, 0x7b])],
    ['JSON behind a byte order mark', Buffer.from('\ufeff{}')],
    ['JSON nested too deep', Buffer.from('['.repeat(65) + ']'.repeat(65))],
    ['a broken text', Buffer.from('{"a":')],
    ['nothing', Buffer.alloc(0)],
  ])('carries %s as base64', (_case, body) => {
    const { format } = parseBody('application/json', body);
    const event = read(cloudEvent(fakeDelivery({ bodyFormat: format, contentType: 'text/x; a=b' }), body));
    expect(Buffer.from(event['data_base64'] as string, 'base64').equals(body)).toBe(true);
    expect(event).toMatchObject({ datacontenttype: 'text/x; a=b' });
    expect(event).not.toHaveProperty('data');
  });

  it('says nothing of a content type that the sender did not give', () => {
    expect(
      read(cloudEvent(fakeDelivery({ bodyFormat: 'binary', contentType: undefined }), Buffer.from('x'))),
    ).not.toHaveProperty('datacontenttype');
  });
});
