import { describe, expect, it } from '@jest/globals';
import { problemsWith, tryConfig } from './try-config.js';
import { webhookSecretVariable } from './webhook-secrets.js';

const sources = (env: Record<string, string>, yaml?: string, files = {}) =>
  tryConfig({ env, yaml, files }).declared.sources.map(({ slug, type, secrets }) => ({
    slug,
    type,
    secrets: secrets.map(({ value }) => value),
  }));

describe('<TYPE>_WEBHOOK_SECRET', () => {
  it('has the type in upper case with underscores', () => {
    expect(webhookSecretVariable('standard-webhooks')).toBe('STANDARD_WEBHOOKS_WEBHOOK_SECRET');
  });

  it('declares a source whose slug is the type; a comma separates active secrets', () => {
    expect(sources({ STRIPE_WEBHOOK_SECRET: 'new, old', STANDARD_WEBHOOKS_WEBHOOK_SECRET: 'whsec_x' })).toEqual([
      { slug: 'stripe', type: 'stripe', secrets: ['new', 'old'] },
      { slug: 'standard-webhooks', type: 'standard-webhooks', secrets: ['whsec_x'] },
    ]);
  });

  it('can be a file', () => {
    expect(sources({ STRIPE_WEBHOOK_SECRET_FILE: 's' }, undefined, { s: 'a,b\n' })[0]?.secrets).toEqual(['a', 'b']);
  });

  it('gives the source the default options of its type', () => {
    expect(tryConfig({ env: { CHOOSY_WEBHOOK_SECRET: 'x' } }).declared.sources[0]?.options).toEqual({ region: 'eu' });
  });

  it('leaves variables of types that do not exist alone', () => {
    expect(sources({ ACME_WEBHOOK_SECRET: '', WEBHOOK_SECRET: 'x' })).toEqual([]);
  });

  it('gives way to a source of that slug in the file', () => {
    const yaml = 'version: 1\nsources: [{ slug: stripe, type: stripe, secrets: [explicit] }]';
    expect(sources({ STRIPE_WEBHOOK_SECRET: 'x' }, yaml)).toEqual([
      { slug: 'stripe', type: 'stripe', secrets: ['explicit'] },
    ]);
  });

  it('does not lend its secret to a source of that slug that has none', () => {
    const yaml = 'version: 1\nsources:\n  - { slug: stripe, type: stripe }';
    expect(problemsWith({ env: { STRIPE_WEBHOOK_SECRET: 'x' }, yaml })).toEqual([
      'hookyard.yaml: sources[0].secrets: is missing; a source of type stripe needs one, for example secrets: ["${STRIPE_WEBHOOK_SECRET}"] (line 3)',
    ]);
  });

  it('can be the target of a route', () => {
    const yaml =
      'version: 1\ndestinations: [{ name: a, url: "https://a.example" }]\nroutes: [{ source: stripe, to: a }]';
    expect(problemsWith({ env: { STRIPE_WEBHOOK_SECRET: 'x' }, yaml })).toEqual([]);
    expect(problemsWith({ yaml })).toEqual([expect.stringContaining('routes[0].source: no source has this slug')]);
  });

  it.each([
    ['', 'STRIPE_WEBHOOK_SECRET: is set but empty; give it a value or take it out'],
    [' \t', 'STRIPE_WEBHOOK_SECRET: is set but empty; give it a value or take it out'],
    ['a,,b', 'STRIPE_WEBHOOK_SECRET: has an empty part; write secrets with one comma between'],
    ['a,', 'STRIPE_WEBHOOK_SECRET: has an empty part; write secrets with one comma between'],
    [',', 'STRIPE_WEBHOOK_SECRET: has an empty part; write secrets with one comma between'],
  ])('%j is a problem', (value, problem) => {
    expect(problemsWith({ env: { STRIPE_WEBHOOK_SECRET: value } })).toEqual([problem]);
  });

  it('must suit the scheme, whose words are used unless they hold the secret', () => {
    expect(problemsWith({ env: { STANDARD_WEBHOOKS_WEBHOOK_SECRET: 'x', CARELESS_WEBHOOK_SECRET: 'hush' } })).toEqual([
      'STANDARD_WEBHOOKS_WEBHOOK_SECRET: cannot be used by standard-webhooks: it lacks "whsec_"',
      'CARELESS_WEBHOOK_SECRET: cannot be used by careless: it has the wrong form',
    ]);
  });
});
