import { describe, expect, it } from '@jest/globals';
import { defineSource } from '../sources/define-source.js';
import { field, textOf } from '../sources/field.js';
import { unverified } from '../sources/schemes/unverified.js';
import { readAgain } from './read-again.js';
import type { StoredEvent } from './stored-event.js';

const description = defineSource({
  type: 'acme',
  docs: 'https://acme.example/webhooks',
  scheme: unverified({ because: 'a test' }),
  externalId: ({ payload }) => textOf(field(payload, 'id')),
  eventType: ({ payload }) => textOf(field(payload, 'type')),
  subject: ({ payload }) => textOf(field(payload, 'order')),
  tenant: ({ headers }) => headers['acme-shop'],
});

const stored: StoredEvent = {
  id: '01900000-0000-7000-8000-000000000000',
  sourceId: 1,
  source: 'acme',
  sourceType: 'acme',
  externalId: 'e-1',
  type: 'order.paid',
  subject: 'o-1',
  tenant: 'north',
  occurredAt: undefined,
  receivedAt: new Date('2026-11-02T10:00:00Z'),
  apiVersion: undefined,
  livemode: undefined,
  headers: { 'content-type': 'application/json' },
  signatureHeaders: {},
  bodyFormat: 'json',
  body: { day: '2026-11-02', id: '01900000-0000-7000-8000-000000000000', offset: 0, length: 0 },
  hasBody: true,
};
const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const GENUINE = body({ id: 'e-1', type: 'order.paid', order: 'o-1' });

describe('reading a stored event again', () => {
  it('says that nothing changes when the same is read', () => {
    expect(readAgain(description, stored, GENUINE)).toEqual({ outcome: 'same' });
  });

  it('names each field that is read differently, and keeps the others', () => {
    const read = readAgain(description, { ...stored, type: 'unparsed', subject: undefined }, GENUINE);
    expect(read).toEqual({
      outcome: 'changed',
      reading: expect.objectContaining({ externalId: 'e-1', type: 'order.paid', subject: 'o-1', tenant: 'north' }),
      changes: [
        { field: 'type', before: 'unparsed', after: 'order.paid' },
        { field: 'subject', before: null, after: 'o-1' },
      ],
    });
  });

  it('never knows less than before: what cannot be told now keeps its value', () => {
    expect(readAgain(description, stored, body({}))).toEqual({ outcome: 'same' });
    // Not even the id, which would else be made of the body and of a time.
    expect(readAgain(description, stored, Buffer.from('{broken'))).toMatchObject({
      changes: [{ field: 'bodyFormat', before: 'json', after: 'binary' }],
    });
  });

  it('reads one event of a list as one, and refuses a list: several cannot stand beside one', () => {
    const listed = defineSource({ ...description, split: '' });
    const one = { id: 'e-1', type: 'order.refunded', order: 'o-1' };
    // The bytes of one of a list are those of the body as if it stood there alone.
    expect(readAgain(listed, stored, body([one]))).toMatchObject({
      changes: [{ field: 'type', before: 'order.paid', after: 'order.refunded' }],
    });
    expect(readAgain(listed, stored, body([one, { ...one, id: 'e-2' }]))).toEqual({ outcome: 'unreadable' });
  });
});
