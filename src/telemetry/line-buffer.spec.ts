import { describe, expect, it } from '@jest/globals';
import { LineBuffer } from './line-buffer.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function recorded() {
  const writes: string[] = [];
  return { writes, buffer: new LineBuffer({ write: (lines) => writes.push(lines) }) };
}

describe('LineBuffer', () => {
  it('writes the lines of a turn at once and in order, and leaves none behind', async () => {
    const { writes, buffer } = recorded();
    buffer.write('a\n');
    buffer.write('b\n');
    expect(writes).toEqual([]);
    await turn();
    expect(writes).toEqual(['a\nb\n']);
    buffer.write('c\n');
    await turn();
    await turn();
    expect(writes).toEqual(['a\nb\n', 'c\n']);
  });

  it('is flushed when it is asked to be: what gathered when the process ends is not lost', () => {
    const { writes, buffer } = recorded();
    buffer.write('last\n');
    buffer.flush();
    buffer.flush();
    expect(writes).toEqual(['last\n']);
  });

  it('gathers no more than 64 KB', () => {
    const { writes, buffer } = recorded();
    for (let n = 0; n < 70; n += 1) buffer.write(`${'x'.repeat(1023)}\n`);
    expect(writes).toHaveLength(1);
    expect(writes[0]).toHaveLength(65_536);
  });
});
