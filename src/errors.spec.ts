import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { ERROR_CLASSES } from './delivery/outcome.js';
import { DEAD_REASONS } from './delivery/settle.js';
import { HTTP_ERROR_CODES, STARTUP_ERROR_CODES } from './errors.js';

const documented = documentedCodes(readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8'));
const lists: [string, readonly string[]][] = [
  ['Answers over HTTP', HTTP_ERROR_CODES],
  ['Starts that are called off', STARTUP_ERROR_CODES],
  ['Error classes of attempts', ERROR_CLASSES],
  ['Reasons of dead letters', DEAD_REASONS],
];

describe('docs/errors.md', () => {
  it.each(lists)('lists under "%s" every code that there is, and no other', (heading, codes) => {
    expect(documented.get(heading)).toEqual(codes.toSorted());
  });

  it.each(lists)('lists under "%s" only codes that something in src/ gives', (_heading, codes) => {
    const given = new Set(sourceTexts().flatMap((text) => text.match(/(?<=')[A-Za-z0-9_]+(?=')/g) ?? []));
    expect(codes.filter((code) => !given.has(code))).toEqual([]);
  });
});

/** The code spans that open a table's rows, by the heading above the table. */
function documentedCodes(markdown: string): Map<string, string[]> {
  const sections = markdown.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const codes = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => String(code));
      return [section.split('\n', 1)[0] ?? '', codes.toSorted()];
    }),
  );
}

/** Every source file but the specs and, so that a list does not prove itself, without the lists. */
function sourceTexts(): string[] {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) =>
      readFileSync(`${folder}/${name}`, 'utf8').replaceAll(/^export const [A-Z_]+ = \[[^\]]*\] as const;/gm, ''),
    );
}
