import { describe, expect, it } from '@jest/globals';
import { sourceName } from './source-name.js';

describe('sourceName', () => {
  it('makes folder, constant and title of a name', () => {
    expect(sourceName('acme')).toEqual({ type: 'acme', constant: 'acme', title: 'Acme' });
    expect(sourceName('acme-pay-2')).toEqual({ type: 'acme-pay-2', constant: 'acmePay2', title: 'Acme Pay 2' });
  });

  it.each(['new', 'class', 'field', 'hmac', 'await'])('finds another constant for %s', (type) => {
    expect(sourceName(type).constant).toBe(`${type}Source`);
  });

  it.each([
    '',
    'Acme',
    'acme_pay',
    '-acme',
    'acme-',
    'a--b',
    '4me',
    '../acme',
    'acme/pay',
    'ämter',
    'a'.repeat(64),
    'stripe',
  ])('refuses %j', (type) => expect(() => sourceName(type)).toThrow(expect.objectContaining({ exitCode: 2 })));
});
