import { describe, expect, it } from '@jest/globals';
import { inboundHeaders } from './inbound-headers.js';

describe('inboundHeaders', () => {
  it('reads names in lower case, values as they are', () => {
    const { headers, repeated } = inboundHeaders(['X-Shopify-Topic', 'Orders/Create', 'content-type', 'a/b; C=D']);
    expect({ ...headers }).toEqual({ 'x-shopify-topic': 'Orders/Create', 'content-type': 'a/b; C=D' });
    expect(repeated.size).toBe(0);
  });

  it('joins what came twice, and says so', () => {
    const { headers, repeated } = inboundHeaders([
      'Stripe-Signature',
      'a',
      'x-once',
      '1',
      'stripe-signature',
      'b',
      'STRIPE-SIGNATURE',
      'a',
    ]);
    expect(headers['stripe-signature']).toBe('a, b, a');
    expect([...repeated]).toEqual(['stripe-signature']);
  });

  it('says so of names that Node would fold, of equal values and of empty ones', () => {
    const raw = [
      'content-type',
      'a',
      'content-type',
      'a',
      'user-agent',
      '',
      'user-agent',
      '',
      'authorization',
      'x',
      'authorization',
      'y',
    ];
    const { headers, repeated } = inboundHeaders(raw);
    expect([...repeated].toSorted()).toEqual(['authorization', 'content-type', 'user-agent']);
    expect(headers['user-agent']).toBe(', ');
  });

  it('takes names of the language for names like any other', () => {
    const { headers, repeated } = inboundHeaders(['__proto__', 'a', 'constructor', 'b', 'toString', 'c']);
    expect(headers['__proto__']).toBe('a');
    expect(headers['constructor']).toBe('b');
    expect(headers['tostring']).toBe('c');
    expect(headers['hasOwnProperty']).toBeUndefined();
    expect(repeated.size).toBe(0);
  });

  it('has nothing of nothing', () => {
    expect(Object.keys(inboundHeaders([]).headers)).toEqual([]);
  });
});
