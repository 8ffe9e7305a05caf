import { hostileHeaders } from '../../src/testing/hostile-input.js';
import { requestBytes, wireHeaders } from './raw-http.js';
import { stripeWebhook, type Webhook } from './senders.js';

/** Bytes on a connection, and the statuses that are a proper answer to them; 0: the connection just ends. */
export type HostileRequest = readonly [name: string, bytes: Buffer | string, statuses: readonly number[]];

const UNSENDABLE = /[^\t\x20-\xff]/;

/** Signature headers that no sender writes. `secretive`: a text that must not come back in an answer or turn up in a log. */
export function hostileSignatures(secretive: string): HostileRequest[] {
  const { headers, body } = stripeWebhook('evt_hostile');
  const signature = headers['stripe-signature'] ?? '';
  const length: [string, string] = ['Content-Length', String(body.length)];
  const withSignatures = (...values: string[]): Buffer =>
    requestBytes('/webhooks/stripe', [...values.map((value) => ['Stripe-Signature', value] as const), length], body);
  return [
    ['the right signature twice', withSignatures(signature, signature), [401]],
    ['the right signature and a wrong one', withSignatures('t=1,v1=00', signature), [401]],
    ['a secret where the signature should be', withSignatures(secretive), [401]],
    ['a signature of 8 kB', withSignatures(`t=1,v1=${'0'.repeat(8_000)}`), [401]],
    ['a signature of 100 kB', withSignatures('0'.repeat(100_000)), [431]],
    ['2,000 signatures', withSignatures(...Array<string>(2_000).fill('x')), [431]],
    ...hostileHeaders
      .filter((value) => !UNSENDABLE.test(value) && value.length < 5_000)
      .map((value): HostileRequest => [`the signature ${value.slice(0, 24)}`, withSignatures(value), [401]]),
    ['a header named __proto__', requestBytes('/webhooks/stripe', [['__proto__', 'x'], length], body), [401]],
  ];
}

/** Lengths that lie, chunks that are none, and what is hardly HTTP. */
export function hostileFraming(): HostileRequest[] {
  const { body } = stripeWebhook('evt_hostile');
  const framed = (headers: [string, string][], content: string | Buffer = body): Buffer =>
    requestBytes('/webhooks/stripe', headers, content);
  const chunked: [string, string] = ['Transfer-Encoding', 'chunked'];
  return [
    // What follows the ten bytes is no request.
    ['a length that is too short', framed([['Content-Length', '10']]), [400, 401]],
    ['a length and chunks', framed([['Content-Length', '5'], chunked], '0\r\n\r\n'), [400]],
    [
      'two lengths',
      framed([
        ['Content-Length', '5'],
        ['Content-Length', '6'],
      ]),
      [400],
    ],
    ['a negative length', framed([['Content-Length', '-1']]), [400]],
    ['a length of 1e3', framed([['Content-Length', '1e3']]), [400]],
    ['a length beyond all numbers', framed([['Content-Length', '9'.repeat(30)]]), [400]],
    ['a length beyond the limit', framed([['Content-Length', '9'.repeat(15)]], ''), [413]],
    ['a chunk size that is no number', framed([chunked], 'zz\r\nxx\r\n0\r\n\r\n'), [400]],
    ['a chunk longer than its size', framed([chunked], '2\r\nxxxxx\r\n0\r\n\r\n'), [400]],
    ['a chunk extension of 100 kB', framed([chunked], `1;${'x'.repeat(100_000)}\r\nx\r\n0\r\n\r\n`), [400, 413]],
    ['100 kB of trailers', framed([chunked], `0\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`), [400, 401, 431]],
    ['chunked twice', framed([['Transfer-Encoding', 'chunked, chunked']], '0\r\n\r\n'), [400, 401]],
    ['an unknown transfer encoding', framed([['Transfer-Encoding', 'gzip']], 'x'), [400, 401]],
    ['no host', 'POST /webhooks/stripe HTTP/1.1\r\nContent-Length: 0\r\n\r\n', [400]],
    ['HTTP/1.0', 'POST /webhooks/stripe HTTP/1.0\r\nContent-Length: 0\r\n\r\n', [401]],
    ['HTTP/9.9', 'POST /webhooks/stripe HTTP/9.9\r\nHost: x\r\n\r\n', [400, 505]],
    ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [0, 400]],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]],
    ['a NUL in a header', framed([['X-Odd', 'a\0b']]), [400]],
    ['a header without a colon', 'POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n', [400]],
    [
      'a folded header',
      'POST /webhooks/stripe HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n',
      [400, 401],
    ],
    ['a bare line feed', 'POST /webhooks/stripe HTTP/1.1\nHost: x\n\n', [400, 401]],
    ['an unknown method', 'SPEAK /webhooks/stripe HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
    [
      'an upgrade',
      framed(
        [
          ['Connection', 'Upgrade'],
          ['Upgrade', 'websocket'],
          ['Content-Length', '0'],
        ],
        '',
      ),
      [401],
    ],
    [
      'an expectation nobody knows',
      framed(
        [
          ['Expect', 'the-unexpected'],
          ['Content-Length', '0'],
        ],
        '',
      ),
      [401, 417],
    ],
  ];
}

/** Ways to a source, and past it. All carry a genuine webhook, so that nothing but the path decides. */
export function hostilePaths(): HostileRequest[] {
  const to = (target: string, method = 'POST', webhook: Webhook = stripeWebhook('evt_hostile')): Buffer =>
    requestBytes(target, wireHeaders(webhook), webhook.body, method);
  const nowhere = [
    '//webhooks/stripe',
    '/webhooks//stripe',
    '/webhooks/stripe/',
    '/webhooks/stripe/..;/',
    '/webhooks/..;/stripe',
    '/webhooks/stripe;x=1',
    '/webhooks/stripe%2f',
    '/webhooks/stripe%00',
    '/webhooks/./stripe',
    '/webhooks/../webhooks/stripe',
    '/Webhooks/stripe',
    '/webhooks/Stripe',
    '/webhooks/%53tripe',
    '/webhooks/__proto__',
    '/webhooks/constructor',
    '/webhooks/',
    '/webhooks',
    '/',
    '/api/v1/../../webhooks/stripe',
  ];
  return [
    ...nowhere.map((path): HostileRequest => [`the path ${path.slice(0, 40)}`, to(path), [404]]),
    ...['/webhooks/%', '/webhooks/%zz', '/webhooks/%c0%af', '*', 'webhooks/stripe', '/webhooks/\xe9'].map(
      (path): HostileRequest => [`the path ${path}`, to(path), [400, 404]],
    ),
    ...['PUT', 'OPTIONS', 'TRACE', 'DELETE'].map((method): HostileRequest => [
      `the method ${method}`,
      to('/webhooks/stripe', method),
      [405],
    ]),
    ...['PROPFIND', 'QUERY', 'MKCOL'].map((method): HostileRequest => [
      `the method ${method}`,
      to('/webhooks/stripe', method),
      [404, 405],
    ]),
    ['a path of 10 kB', to(`/webhooks/${'s'.repeat(10_000)}`), [414]],
    ['the method CONNECT', to('/webhooks/stripe', 'CONNECT'), [0, 400, 404, 405]],
  ];
}
