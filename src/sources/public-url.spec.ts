import { describe, expect, it } from '@jest/globals';
import { publicUrl } from './public-url.js';

const parts = { options: undefined, base: 'https://hooks.example.com', slug: 'square', target: '/webhooks/square' };

describe('publicUrl', () => {
  it.each([
    ['the public URL and the slug', {}, 'https://hooks.example.com/webhooks/square'],
    ['a public URL with a path', { base: 'https://example.com/hooks/' }, 'https://example.com/hooks/webhooks/square'],
    [
      'the query as it came',
      { target: '/webhooks/square?a=%7e&b' },
      'https://hooks.example.com/webhooks/square?a=%7e&b',
    ],
    ['the option before all', { options: { url: 'https://a.example/x' }, base: undefined }, 'https://a.example/x'],
    [
      'the option, with the query',
      { options: { url: 'https://a.example/x' }, target: '/y?a=b' },
      'https://a.example/x?a=b',
    ],
    [
      'nothing of what the sender calls us',
      { target: 'http://evil.example/z?a' },
      'https://hooks.example.com/webhooks/square?a',
    ],
    ['no fragment', { target: '/webhooks/square?a#b' }, 'https://hooks.example.com/webhooks/square?a'],
    ['nothing where nothing is configured', { base: undefined, target: '/webhooks/square?a' }, undefined],
  ])('is made of %s', (_case, changes, url) => expect(publicUrl({ ...parts, ...changes })).toBe(url));
});
