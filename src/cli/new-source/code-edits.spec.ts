import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { withCatalogueLine, withStartSource } from './code-edits.js';

const HEAD = "import { runStandalone } from 'hookyard';\n";
const started = (code: string) =>
  withStartSource(HEAD + code, 'acme', './acme/acme.js')
    ?.split('\n')
    .slice(2)
    .join('\n');

describe('withStartSource', () => {
  it.each([
    ['await runStandalone();', 'await runStandalone({ sources: [acme] });'],
    ['await runStandalone({});', 'await runStandalone({ sources: [acme]});'],
    ['startHookyard({ imports: [A] });', 'startHookyard({ imports: [A], sources: [acme] });'],
    ['startHookyard({ imports: [A], });', 'startHookyard({ imports: [A], sources: [acme] });'],
    ['startHookyard({ sources: [] });', 'startHookyard({ sources: [acme] });'],
    ["startHookyard({ sources: [b], cwd: 'x]}' });", "startHookyard({ sources: [b, acme], cwd: 'x]}' });"],
    ['startHookyard({\n  sources: [\n    b,\n  ],\n});', 'startHookyard({\n  sources: [\n    b, acme\n  ],\n});'],
    ['// startHookyard(old)\nrunStandalone();', '// startHookyard(old)\nrunStandalone({ sources: [acme] });'],
  ])('adds to %s', (code, wanted) => expect(started(code)).toBe(wanted));

  it('imports it after the other imports', () => {
    expect(withStartSource(`${HEAD}runStandalone();`, 'acme', './acme/acme.js')).toBe(
      `${HEAD}import { acme } from './acme/acme.js';\nrunStandalone({ sources: [acme] });`,
    );
  });

  it.each([
    'startHookyard(options);',
    'startHookyard({ ...options });',
    'startHookyard({ sources });',
    'startHookyard({ sources: all() });',
    'startHookyard({ /* sources: [x] */ imports: [A] });',
    'startHookyard({ imports: [A] }, more);',
    'startHookyard(); runStandalone();',
    'nothing();',
    'startHookyard({',
  ])('leaves %s to its author', (code) => expect(started(code)).toBeUndefined());
});

describe('withCatalogueLine', () => {
  const catalog = readFileSync(new URL('../../sources/catalog.ts', import.meta.url), 'utf8');

  it.each([
    ['aaa', 'aaa'],
    ['git-home', 'gitHome'],
    ['zzz', 'zzz'],
  ])('adds %s in its place, and nothing else', (type, constant) => {
    const edited = withCatalogueLine(catalog, type, constant) ?? '';
    const before = new Set(catalog.split('\n'));
    const added = edited.split('\n').filter((line) => !before.has(line));
    expect(added).toEqual([`import { ${constant} } from './${type}/${type}.js';`, `  ${constant},`]);
    const imported = [...edited.matchAll(/^import \{ \w+ \} from '\.\/([a-z-]+)\/\1\.js';$/gm)].map(
      ([, name = '']) => name,
    );
    expect(imported).toEqual(imported.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(edited).toContain(`  ${constant},\n];\n\n/** Hookyard's source types`);
  });

  it('leaves a file alone that is no such list', () => {
    expect(withCatalogueLine('export const x = 1;\n', 'acme', 'acme')).toBeUndefined();
  });
});
