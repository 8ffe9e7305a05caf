import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { builtInSources } from '../sources/catalog.js';
import { fakeCatalogue } from './fake-catalogue.js';
import { tryConfig } from './try-config.js';

const text = readFileSync(new URL('../../hookyard.example.yaml', import.meta.url), 'utf8');
const whsec = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

describe('hookyard.example.yaml', () => {
  it.each([
    ['a catalogue for tests', fakeCatalogue],
    ['the source types that come with Hookyard', builtInSources],
  ])('is valid with %s', (_, catalogue) => {
    const { declared } = tryConfig({
      catalogue,
      yaml: text.replaceAll('/run/secrets/', './'),
      files: { shopify: 'shopify-secret\n' },
      env: {
        STRIPE_WEBHOOK_SECRET: 'whsec_new,whsec_old',
        STRIPE_EU_SECRET: 'whsec_eu',
        STRIPE_EU_SECRET_OLD: 'whsec_eu_old',
        BILLING_SIGNING_SECRET: whsec,
        BILLING_SIGNING_SECRET_OLD: `whsec_${'B'.repeat(32)}`,
        BILLING_TOKEN: 'token',
        LEGACY_SHOP_SECRET: 'whsec_legacy',
      },
    });
    expect(declared.sources.map(({ slug, secrets }) => [slug, secrets.length])).toEqual([
      ['stripe', 2],
      ['stripe-eu', 2],
      ['shopify', 1],
    ]);
    expect(declared.destinations.map(({ name }) => name)).toEqual(['orders', 'billing', 'legacy-shop', 'audit']);
    expect(declared.routes).toHaveLength(5);
    const [, billing] = declared.destinations;
    expect(billing).toMatchObject({
      url: 'https://billing.internal/webhooks',
      headers: { authorization: 'Bearer token' },
    });
  });

  it('shows every key that there is', () => {
    for (const key of [
      'toleranceSeconds',
      'maxBodySize',
      'burst',
      'resignWith',
      'exponential',
      'schedule',
      'maxCooldown',
      'sourceType',
    ]) {
      expect(text).toContain(key);
    }
  });
});
