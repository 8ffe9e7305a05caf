/** `hookyard new-source` with every scheme: what it writes passes at once, in a checkout and in an application. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCHEME_NAMES } from '../../src/cli/new-source/scheme-templates.js';
import { CheckoutCopy } from '../support/checkout-copy.js';
import { ended, InstalledShop, type Ended } from '../support/installed-shop.js';

const BIN = fileURLToPath(new URL('../../bin/hookyard.mjs', import.meta.url));
const typeOf = (scheme: string) => `try-${scheme}`;

// Copies, packs, installs, compiles.
jest.setTimeout(300_000);

function newSource(cwd: string, ...args: string[]): Promise<Ended> {
  return ended(spawn(process.execPath, [BIN, 'new-source', ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] }));
}

describe('hookyard new-source in a checkout', () => {
  let checkout: CheckoutCopy;

  beforeAll(async () => {
    checkout = await CheckoutCopy.make();
  });
  afterAll(() => checkout.remove());

  it('writes sources of every scheme that pass contract, types, format and lint as they are', async () => {
    for (const scheme of SCHEME_NAMES) {
      const { code, stderr } = await newSource(checkout.folder, typeOf(scheme), '--scheme', scheme);
      expect({ scheme, code, stderr }).toEqual({ scheme, code: 0, stderr: '' });
    }
    const written = SCHEME_NAMES.map((scheme) => `src/sources/${typeOf(scheme)}`);
    const contract = await checkout.sh(
      "node --experimental-vm-modules node_modules/jest/bin/jest.js --selectProjects unit --ci --verbose src/sources/catalog -t 'try-'",
    );
    expect({ code: contract.code, failed: /✕.*/.exec(contract.stderr)?.[0] }).toEqual({ code: 0, failed: undefined });
    for (const scheme of SCHEME_NAMES) expect(contract.stderr).toContain(`source type ${typeOf(scheme)}`);
    const format = await checkout.sh(`prettier --check src/sources/catalog.ts ${written.join(' ')}`);
    expect(format).toMatchObject({ code: 0 });
    expect(await checkout.sh('tsc --noEmit')).toMatchObject({ code: 0, stdout: '' });
    expect(await checkout.sh(`oxlint ${written.join(' ')}`)).toMatchObject({ code: 0 });
  });
});

describe('hookyard new-source in an application', () => {
  let shop: InstalledShop;
  const hookyard = (...args: string[]) => shop.node('node_modules/.bin/hookyard', ...args);

  beforeAll(async () => {
    shop = await InstalledShop.install();
  });
  afterAll(() => shop.remove());

  it('writes sources of every scheme, with tests that pass, and hands them to the router', async () => {
    for (const scheme of SCHEME_NAMES) {
      const { code, stderr } = await hookyard('new-source', typeOf(scheme), '--scheme', scheme);
      expect({ scheme, code, stderr }).toEqual({ scheme, code: 0, stderr: '' });
    }
    const main = await readFile(join(shop.folder, 'src/main.ts'), 'utf8');
    expect(main).toContain("import { tryHmac } from './try-hmac/try-hmac.js';");
    expect(main).toContain('sources: [acme, tryHmac, tryTimestampedHmac,');
    expect(await shop.tsc()).toMatchObject({ code: 0, stdout: '' });
    const specs = SCHEME_NAMES.map((scheme) => `dist/${typeOf(scheme)}/${typeOf(scheme)}.spec.js`);
    const { code, stdout } = await shop.node('--test', '--test-reporter=tap', ...specs);
    expect(stdout).toMatch(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(80);
    expect(code).toBe(0);
  });
});
