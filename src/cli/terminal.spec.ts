import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { stripVTControlCharacters } from 'node:util';
import { printTable } from './terminal.js';

describe('a table', () => {
  const { isTTY, columns } = process.stdout;
  let lines: string[] = [];
  beforeEach(() => {
    lines = [];
    jest.spyOn(console, 'log').mockImplementation((line: unknown) => void lines.push(String(line)));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    Object.assign(process.stdout, { isTTY, columns });
  });
  const printed = (): string[] => {
    printTable(
      ['id', 'what'],
      [
        ['evt_1', 'something long'],
        ['evt_22', 'x'],
      ],
    );
    // Without colours: whether there are any is for styleText to say.
    return lines.map((line) => stripVTControlCharacters(line));
  };

  it('is whole where it is piped', () => {
    Object.assign(process.stdout, { isTTY: false, columns: 10 });
    expect(printed()).toEqual(['id      what', 'evt_1   something long', 'evt_22  x']);
  });

  it('ends at the edge of a narrow terminal, and says so', () => {
    Object.assign(process.stdout, { isTTY: true, columns: 12 });
    expect(printed()).toEqual(['id      what', 'evt_1   som…', 'evt_22  x']);
  });

  it('is whole on a terminal that does not know its width', () => {
    Object.assign(process.stdout, { isTTY: true, columns: 0 });
    expect(printed()[1]).toBe('evt_1   something long');
  });
});
