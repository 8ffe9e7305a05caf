import { describe, expect, it } from '@jest/globals';
import { defineSource } from './define-source.js';
import { answerGet, answerPost, answerUnsigned, takesGet } from './handshake.js';
import { hmac } from './schemes/hmac.js';
import type { Challenge, InboundRequest } from './source.js';

const source = (challenge?: Challenge) =>
  defineSource({
    type: 'acme',
    docs: 'https://acme.example/',
    scheme: hmac({ header: 'x-signature', algorithm: 'sha256', encoding: 'hex' }),
    externalId: () => undefined,
    eventType: () => undefined,
    challenge,
  });
const post = (body: string, headers: InboundRequest['headers'] = {}): InboundRequest => ({
  method: 'POST',
  headers,
  repeated: new Set(),
  body: Buffer.from(body),
  receivedAt: new Date(),
});
const throws = () => {
  throw new Error('strange');
};
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const missing = { outcome: 'missing', detail: '' } as const;

describe('a GET', () => {
  it('is read literally: names with dots, decoded values, and nothing that stands twice', () => {
    const seen: unknown[] = [];
    const asking = source({
      get: ({ query }) => {
        seen.push({ ...query });
        return { echo: query['a.b'] ?? '' };
      },
    });
    expect(answerGet(asking, '/x?a.b=1%202&c=&d=1&d=2&__proto__=p')?.body).toBe('1 2');
    expect(seen).toEqual([{ 'a.b': '1 2', c: '', ['__proto__']: 'p' }]);
    expect(answerGet(asking, '/x')).toBeUndefined();
  });

  it('is for sources that say so', () => {
    expect(takesGet(source())).toBe(false);
    expect(takesGet(source({ get: throws }))).toBe(true);
    expect(answerGet(source(), '/x?a=b')).toBeUndefined();
    expect(answerGet(source({ get: throws }), '/x?a=b')).toBeUndefined();
  });
});

describe('a verified POST', () => {
  it('is a handshake when the description has an answer to it, and else an event', () => {
    const asking = source({ post: ({ payload }) => (payload === 'ping' ? { status: 204 } : undefined) });
    expect(answerPost(asking, post('"ping"'))).toEqual({ status: 204 });
    expect(answerPost(asking, post('"event"'))).toBeUndefined();
    expect(answerPost(source({ post: throws }), post('{}'))).toBeUndefined();
    expect(answerPost(source(), post('"ping"'))).toBeUndefined();
  });
});

describe('an unsigned POST', () => {
  const asking = source({ unsigned: { check: '1' } });

  it('is answered when it is that form and no signature is there at all', () => {
    expect(answerUnsigned(asking, post('check=1&more=x', form), missing)).toEqual({ status: 200 });
  });

  it.each<[string, InboundRequest, 'missing' | 'mismatch']>([
    ['another value', post('check=2', form), 'missing'],
    ['two of them', post('check=1&check=1', form), 'missing'],
    ['no form', post('check=1'), 'missing'],
    ['a wrong signature', post('check=1', form), 'mismatch'],
    ['an empty signature', post('check=1', { ...form, 'x-signature': '' }), 'missing'],
    ['a large body', post(`check=1&x=${'x'.repeat(5000)}`, form), 'missing'],
  ])('is refused with %s', (_case, request, outcome) => {
    expect(answerUnsigned(asking, request, { outcome, detail: '' })).toBeUndefined();
  });

  it('is refused where the source has no such handshake', () =>
    expect(answerUnsigned(source(), post('check=1', form), missing)).toBeUndefined());
});

describe('defineSource', () => {
  it.each<[Challenge | undefined, object, string]>([
    [{ get: 'x' } as unknown as Challenge, {}, 'challenge.get'],
    [{ unsigned: {} }, {}, 'challenge.unsigned'],
    [undefined, { split: 'items' }, 'split'],
    [undefined, { reply: { status: 500 } }, 'reply.status'],
  ])('refuses %j %j', (challenge, changes, problem) => {
    expect(() => defineSource({ ...source(), ...changes, challenge: challenge ?? {} })).toThrow(problem);
  });
});
