/** `hookyard new-source`: what it writes passes at once, and what it refuses leaves no trace. Every scheme: test/long. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckoutCopy } from '../support/checkout-copy.js';
import { ended, type Ended } from '../support/installed-shop.js';

const BIN = fileURLToPath(new URL('../../bin/hookyard.mjs', import.meta.url));

jest.setTimeout(90_000);

function newSource(cwd: string, ...args: string[]): Promise<Ended> {
  return ended(spawn(process.execPath, [BIN, 'new-source', ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] }));
}

describe('hookyard new-source in a checkout', () => {
  let checkout: CheckoutCopy;
  const read = (path: string) => readFile(join(checkout.folder, path), 'utf8');

  beforeAll(async () => {
    checkout = await CheckoutCopy.make();
  });
  afterAll(() => checkout.remove());

  it('writes a source that passes its contract as it is', async () => {
    expect(await newSource(checkout.folder, 'try-post')).toMatchObject({ code: 0, stderr: '' });
    const contract = await checkout.sh(
      "node --experimental-vm-modules node_modules/jest/bin/jest.js --selectProjects unit --ci --verbose src/sources/catalog -t 'try-post'",
    );
    expect(contract).toMatchObject({ code: 0, stderr: expect.stringContaining('source type try-post') });
    expect(await checkout.sh('prettier --check src/sources/catalog.ts src/sources/try-post')).toMatchObject({
      code: 0,
    });
  });

  it('says what it wrote and what comes next, also as JSON', async () => {
    const { stdout } = await newSource(
      checkout.folder,
      'parcel-post',
      '--header',
      'X-PP-Sig',
      '--docs',
      'https://pp.example/x',
    );
    for (const line of [
      'src/sources/parcel-post/parcel-post.ts',
      'fixtures/parcel-delivered.json',
      'catalog.ts',
      '-t parcel-post',
    ])
      expect(stdout).toContain(line);
    const source = await read('src/sources/parcel-post/parcel-post.ts');
    for (const part of ["header: 'x-pp-sig'", "docs: 'https://pp.example/x'", 'export const parcelPost ='])
      expect(source).toContain(part);
    const json = JSON.parse((await newSource(checkout.folder, 'json-post', '--json')).stdout) as Record<
      string,
      unknown
    >;
    expect(json).toMatchObject({ type: 'json-post', scheme: 'hmac', changed: ['src/sources/catalog.ts'] });
  });

  it.each<[string, string[], string]>([
    ['a name that is none', ['Acme'], 'cannot be the name'],
    ['a path for a name', ['../acme'], 'cannot be the name'],
    ["a built-in type's name", ['stripe'], 'already'],
    ['a folder that is there', ['schemes'], 'is there already'],
    ['a scheme that there is not', ['acme', '--scheme', 'hmca'], 'Did you mean "hmac"?'],
    ['a header that is none', ['acme', '--header', 'x acme'], '--header'],
    ['a page that is none', ['acme', '--docs', "https://a/'"], '--docs'],
    ['no name', [], "missing required argument 'name'"],
  ])('refuses %s with code 2 and touches nothing', async (_what, args, message) => {
    if (args[0] === 'schemes') await writeFile(join(checkout.folder, 'src/sources/schemes/schemes.ts'), '');
    const before = [await read('src/sources/catalog.ts'), globSync('src/**', { cwd: checkout.folder }).length];
    const { code, stderr } = await newSource(checkout.folder, ...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect([await read('src/sources/catalog.ts'), globSync('src/**', { cwd: checkout.folder }).length]).toEqual(before);
  });

  it('takes back what it wrote when a file cannot be written', async () => {
    // The folder of the fixtures cannot be made where a file of that name is.
    await mkdir(join(checkout.folder, 'src/sources/halfway'));
    await writeFile(join(checkout.folder, 'src/sources/halfway/fixtures'), '');
    const before = await read('src/sources/catalog.ts');
    const { code, stderr } = await newSource(checkout.folder, 'halfway');
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be written');
    expect(globSync('src/sources/halfway/**', { cwd: checkout.folder }).sort()).toEqual(
      ['src/sources/halfway', 'src/sources/halfway/fixtures'].map((path) => join(path)),
    );
    expect(await read('src/sources/catalog.ts')).toBe(before);
  });
});

describe('hookyard new-source in an application', () => {
  it('writes JavaScript for an application without TypeScript, and says how to start it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hookyard-js-'));
    try {
      const dependencies = { hookyard: '*', vitest: '*' };
      await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', dependencies }));
      const { code, stdout } = await newSource(folder, 'acme');
      expect({ code, spec: existsSync(join(folder, 'src/acme/acme.spec.js')) }).toEqual({ code: 0, spec: true });
      expect(stdout).toContain('sources: [acme]');
      expect(await readFile(join(folder, 'src/acme/acme.spec.js'), 'utf8')).toContain("from 'vitest'");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('refuses a folder that has nothing to do with Hookyard', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hookyard-none-'));
    try {
      await writeFile(join(folder, 'package.json'), '{}');
      const { code, stderr } = await newSource(folder, 'acme');
      expect({ code, left: globSync('**', { cwd: folder }).length }).toEqual({ code: 2, left: 2 });
      expect(stderr).toContain('npm install hookyard');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
