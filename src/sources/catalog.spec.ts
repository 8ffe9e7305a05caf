import { describe, expect, it } from '@jest/globals';
import { builtInSources, catalogueProblems, catalogueWith, findSourceType } from './catalog.js';
import { defineSource } from './define-source.js';
import { unverified } from './schemes/unverified.js';
import type { SourceDescription } from './source.js';

const named = (type: string): SourceDescription => ({
  type,
  docs: 'https://acme.example/webhooks',
  scheme: unverified({ because: 'test' }),
  externalId: () => undefined,
  eventType: () => undefined,
});

describe('the catalogue', () => {
  it('has no problems as it comes', () => expect(catalogueProblems(builtInSources)).toEqual([]));

  it('takes source types of the application', () => {
    const acme = defineSource(named('acme'));
    const catalogue = catalogueWith([acme]);
    expect(catalogueProblems(catalogue)).toEqual([]);
    expect(findSourceType(catalogue, 'acme')).toBe(acme);
    expect(findSourceType(catalogue, 'stripe')).toBe(builtInSources[0]);
    expect(findSourceType(catalogue, 'toString')).toBeUndefined();
  });

  it('refuses two source types of one name', () => {
    const catalogue = catalogueWith([defineSource(named('stripe'))]);
    expect(catalogueProblems(catalogue)).toEqual([expect.stringContaining("'stripe' is defined more than once")]);
  });

  it('refuses what defineSource did not check', () => {
    expect(catalogueProblems([named('acme')])).toEqual([expect.stringContaining('was not made by defineSource()')]);
  });
});
