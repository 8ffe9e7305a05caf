import { describe, expect, it } from '@jest/globals';
import { handshakeReply, replyProblems, type HandshakeAnswer, type Reply } from './reply.js';

const text = 'text/plain; charset=utf-8';

describe('a reply', () => {
  it.each<Reply>([
    { status: 204 },
    { status: 200, contentType: text, body: '[accepted]' },
    { status: 202, contentType: 'application/json', body: '{}' },
  ])('may be %j', (reply) => expect(replyProblems(reply)).toEqual([]));

  it.each<[string, unknown]>([
    ['status', { status: 500 }],
    ['status', { status: 301 }],
    ['status', { status: 200.5 }],
    ['contentType', { status: 200, body: 'x', contentType: 'text/html' }],
    ['contentType', { status: 200, body: 'x' }],
    ['body', { status: 204, body: 'x', contentType: text }],
    ['body', { status: 200, body: 'x'.repeat(257), contentType: text }],
  ])('may not have such a %s', (name, reply) => {
    expect(replyProblems(reply as Reply).join()).toContain(`reply.${name === 'contentType' ? '' : name}`);
  });
});

describe('the answer to a handshake', () => {
  it('is the text as plain text, or a bare status', () => {
    expect(handshakeReply({ echo: 'a <b>' })).toEqual({ status: 200, contentType: text, body: 'a <b>' });
    expect(handshakeReply({ echo: 'x'.repeat(512) })?.body).toHaveLength(512);
    expect(handshakeReply({ status: 204 })).toEqual({ status: 204 });
  });

  it.each<unknown>([
    undefined,
    null,
    'text',
    {},
    { echo: '' },
    { echo: 7 },
    { echo: 'x'.repeat(513) },
    { echo: 'two\nlines' },
    { echo: 'é' },
    { echo: '\0' },
    { status: 500 },
    { status: '200' },
  ])('is none for %j', (answer) => expect(handshakeReply(answer as HandshakeAnswer)).toBeUndefined());
});
