import { describe, expect, it } from '@jest/globals';
import { didYouMean, nearest } from './nearest.js';

describe('nearest', () => {
  it.each([
    ['timeot', 'timeout'],
    ['tiemout', 'timeout'],
    ['TIMEOUT', 'timeout'],
    ['time', 'timeout'],
    ['retrying', 'retry'],
    ['sources', undefined],
    ['', undefined],
  ])('takes %j for %j', (word, meant) => {
    expect(nearest(word, ['url', 'timeout', 'retry'])).toBe(meant);
  });

  it('prefers the closest word', () => {
    expect(nearest('HOOKYARD_ROLES', ['HOOKYARD_ROUTE', 'HOOKYARD_ROLE'])).toBe('HOOKYARD_ROLE');
  });

  it('says nothing when no word is close', () => {
    expect(didYouMean('something', ['url'])).toBe('');
    expect(didYouMean('uri', ['url'])).toBe(' Did you mean "url"?');
  });
});
