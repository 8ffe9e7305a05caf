import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { HEAP_FLAGS } from './small-heap.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const scripts = (path: string): Record<string, string> =>
  (JSON.parse(read(path)) as { scripts: Record<string, string> }).scripts;

it('every way that is written down to start a router starts V8 with its flags', () => {
  const flags = HEAP_FLAGS.join(' ');
  expect(scripts('package.json')['start']).toContain(`node ${flags} dist/src/main.js`);
  expect(scripts('examples/shop/package.json')['start']).toContain(`node ${flags} dist/main.js`);
  expect(read('docs/adding-a-source.md')).toContain(`node ${flags} dist/main.js`);
  const [, command = ''] = /^CMD (\[.+\])$/m.exec(read('Dockerfile')) ?? [];
  expect(JSON.parse(command)).toEqual(['node', ...HEAP_FLAGS, 'dist/src/main.js']);
});
