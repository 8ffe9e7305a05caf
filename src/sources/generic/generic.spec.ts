/** The contract suite tests the rest; here is which options make a source. */
import { describe, expect, it } from '@jest/globals';
import { signedRequest } from '../../testing/signed-request.js';
import { configureSource } from '../configure-source.js';
import { normalise } from '../interpret.js';
import { generic } from './generic.js';

const problemsOf = (options: unknown) =>
  generic.options?.safeParse(options).error?.issues.map(({ message }) => message) ?? [];

describe('generic', () => {
  it('needs no options', () => expect(problemsOf({})).toEqual([]));

  it.each<[string, object, string]>([
    ['an unknown option', { sigature: {} }, 'Unrecognized key'],
    ['an algorithm that is none', { signature: { algorithm: 'md5' } }, 'Invalid option'],
    ['a text without the body', { signature: { text: '{timestamp}' }, timestamp: { header: 't' } }, '{body}'],
    ['an unknown placeholder', { signature: { text: '{body}{salt}' } }, 'knows {timestamp}'],
    ['a time that is not signed', { timestamp: { header: 't' } }, 'belong together'],
    ['a signed time without its header', { signature: { text: '{timestamp}.{body}' } }, 'belong together'],
    ['a signed id that stands in the body', { signature: { text: '{id}.{body}' } }, 'belong together'],
    ['a pointer that is none', { id: { pointer: 'id' } }, 'JSON pointer'],
    ['a place in two places', { type: { pointer: '/type', header: 'x-type' } }, 'either header or pointer'],
    ['a place that is nowhere', { subject: {} }, 'either header or pointer'],
    ['a header that carries credentials', { tenant: { header: 'Authorization' } }, 'carries a secret'],
    ['an answer that is no success', { reply: { status: 500 } }, 'reply.status'],
    ['an answer that is a page', { reply: { status: 200, contentType: 'text/html', body: 'x' } }, 'Invalid option'],
    ['an answer without a kind', { reply: { status: 200, body: 'OK' } }, 'reply.body needs a contentType'],
    ['a URL with a query', { url: 'https://a.example/hook?x=1' }, 'without "?"'],
  ])('refuses %s', (_case, options, message) => {
    expect(problemsOf(options)).toEqual([expect.stringContaining(message)]);
  });

  it('answers as it is told, and by itself as any other', () => {
    const reply = { status: 202, contentType: 'text/plain; charset=utf-8', body: 'OK' };
    const replyOf = (options: unknown) => configureSource(generic, generic.options?.parse(options)).reply;
    expect([replyOf({ reply }), replyOf({})]).toEqual([reply, undefined]);
  });

  it('says of what it takes from headers that it is not signed, except of a signed id', () => {
    const unsignedOf = (options: unknown) => configureSource(generic, generic.options?.parse(options)).unsigned;
    expect(unsignedOf({})).toEqual([]);
    expect(unsignedOf({ id: { header: 'x-id' }, type: { header: 'x-type' }, tenant: { header: 'x-shop' } })).toEqual([
      'id',
      'type',
      'tenant',
    ]);
    expect(unsignedOf({ signature: { text: '{id}.{body}' }, id: { header: 'x-id' } })).toEqual([]);
  });

  it('keeps the headers that it reads, and the signature apart', () => {
    const source = configureSource(
      generic,
      generic.options?.parse({ type: { header: 'X-Type' }, signature: { header: 'X-Sig' } }),
    );
    const [event] = normalise(
      source,
      signedRequest(source, { body: '{"id":704912205188288575}', headers: { 'x-type': 'a' } }),
    );
    expect(event).toMatchObject({ externalId: '704912205188288575', type: 'a', headers: { 'x-type': 'a' } });
    expect(Object.keys(event.signatureHeaders)).toEqual(['x-sig']);
  });
});
