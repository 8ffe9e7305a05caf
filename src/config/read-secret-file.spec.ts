import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from './from-text.js';
import { readSecretFile } from './read-secret-file.js';

describe('a secret in a file', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'hookyard-secret-'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  const read = (content: string | Buffer) => {
    const path = join(directory, 'secret');
    writeFileSync(path, content);
    return readSecretFile(path);
  };

  it.each([
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret\n\n', 'secret\n'],
    [' two\nlines ', ' two\nlines '],
    ['\ufeffsecret', 'secret'],
  ])('%j is read as %j: one newline at the end is not part of it', (content, secret) => {
    expect(read(content)).toBe(secret);
  });

  it.each([
    ['an empty one', '', 'is empty'],
    ['one with only white space', ' \n', 'is empty'],
    ['a large one', 'x'.repeat(70_000), 'larger than 64 KiB'],
    ['one that is not UTF-8', Buffer.from([0xff, 0xfe, 0x00]), 'not UTF-8'],
  ])('refuses %s', (_, content, reason) => {
    expect(read(content)).toEqual(new Refusal(expect.stringContaining(reason) as unknown as string));
  });

  it('refuses a directory and a file that is not there, without repeating the path', () => {
    for (const path of [directory, join(directory, 'CANARY'), 'CANARY\0']) {
      const refusal = readSecretFile(path);
      expect(refusal).toBeInstanceOf(Refusal);
      expect(JSON.stringify(refusal)).toMatch(/cannot be read \((EISDIR|ENOENT|ERR_INVALID_ARG_VALUE)\)/);
      expect(JSON.stringify(refusal)).not.toContain('CANARY');
    }
  });

  it('does not read a device without end', () => {
    if (process.platform !== 'win32') expect(readSecretFile('/dev/zero')).toBeInstanceOf(Refusal);
  });
});
