import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '../errors.js';
import { fakeCatalogue as catalogue } from './fake-catalogue.js';
import { loadSources } from './load-sources.js';

const cwd = mkdtempSync(join(tmpdir(), 'hookyard-sources-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

function load(yaml: string, env: Record<string, string> = {}) {
  writeFileSync(join(cwd, 'hookyard.yaml'), yaml);
  return loadSources({ env, cwd, catalogue });
}

describe('loadSources', () => {
  it('needs nothing but what the sources need', () => {
    const yaml = `version: 1
sources: [{ slug: shop, type: stripe, secrets: ["\${SHOP_SECRET}"] }]
destinations: [{ name: x, url: "\${UNSET_URL}", signingSecrets: ["\${UNSET_SECRET}"] }]
`;
    const env = {
      SHOP_SECRET: 'whsec_a',
      DATABASE_URL: 'nonsense',
      PORT: '4000',
      HOOKYARD_PUBLIC_URL: 'https://a.example',
    };
    expect(load(yaml, env)).toMatchObject({
      sources: [{ slug: 'shop', type: 'stripe', secrets: [{ value: 'whsec_a' }] }],
      port: 4000,
      publicUrl: 'https://a.example',
    });
  });

  it('says what is wrong with the sources', () => {
    const wrong = () => load('version: 1\nsources: [{ slug: shop, type: stripe, secrets: ["${UNSET_SECRET}"] }]\n');
    expect(wrong).toThrow(StartupError);
    expect(wrong).toThrow('UNSET_SECRET');
  });
});
