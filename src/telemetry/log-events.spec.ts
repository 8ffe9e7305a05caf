import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

/** `event: 'a'`, or `event: status === 'x' ? 'a' : 'b'`. */
const LOGGED = /\bevent: (?:[\w.]+ === '\w+' \? )?'([a-z_.]+)'(?: : '([a-z_.]+)')?/g;

describe('docs/operating.md', () => {
  it('says what every event in the log means, and names no other', () => {
    const markdown = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
    const table = markdown.split('| event | level |')[1]?.split('\n\n')[0] ?? '';
    const rows = [...table.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell]) => String(cell));
    const documented = rows.flatMap((cell) => [...cell.matchAll(/`([a-z_.]+)`/g)].map(([, event]) => String(event)));
    expect(documented.toSorted()).toEqual([...loggedEvents()].toSorted());
  });
});

function loggedEvents(): Set<string> {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'),
  );
  const texts = files.map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(LOGGED)].flatMap(([, ...events]) => events.filter(Boolean))),
  );
}
