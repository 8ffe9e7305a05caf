import { describe, expect, it } from '@jest/globals';
import { fakeDelivery } from '../fake-delivery.js';
import { toEvent } from './webhook-event.js';

describe('what a handler is given', () => {
  const form = fakeDelivery({ bodyFormat: 'form', contentType: 'application/x-www-form-urlencoded' });
  const body = Buffer.from(`payload=${encodeURIComponent('{"id":704912205188288575}')}`);

  it('is the JSON in the field of a form, where its sender puts it there', () => {
    expect(toEvent(form, body, 'payload').data).toEqual({ id: '704912205188288575' });
    expect(toEvent(form, body).data).toEqual({ payload: '{"id":704912205188288575}' });
  });

  it('has the bytes as they came', () => {
    expect(toEvent(form, body, 'payload').rawBody.equals(body)).toBe(true);
  });
});
