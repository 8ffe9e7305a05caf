import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SecretBox } from './secret-box.js';

const KEY = Buffer.alloc(32, 1);
const OTHER = Buffer.alloc(32, 2);

describe('SecretBox', () => {
  it('opens what it sealed, any JSON value', () => {
    const box = new SecretBox([KEY]);
    fc.assert(
      fc.property(fc.jsonValue(), (value) =>
        expect(box.open(box.seal(value))).toEqual(JSON.parse(JSON.stringify(value))),
      ),
    );
  });

  it('shows nothing of what is in it, and never seals alike', () => {
    const box = new SecretBox([KEY]);
    const [first, second] = [box.seal(['whsec_secret']), box.seal(['whsec_secret'])];
    expect(first.includes('whsec')).toBe(false);
    expect(first.equals(second)).toBe(false);
    expect(first.includes(KEY)).toBe(false);
  });

  it('opens with an old key and seals with the new one, so that keys can be changed', () => {
    const old = new SecretBox([OTHER]).seal('a');
    const rotated = new SecretBox([KEY, OTHER]);
    expect(rotated.open(old)).toBe('a');
    expect(new SecretBox([KEY]).open(rotated.seal('b'))).toBe('b');
  });

  it('says that it has not got the key', () => {
    const sealed = new SecretBox([OTHER]).seal('a');
    expect(() => new SecretBox([KEY]).open(sealed)).toThrow(
      /^sealed with key [0-9a-f]{8}, which HOOKYARD_ENCRYPTION_KEY does not hold$/,
    );
  });

  it('opens nothing that was changed, cut or made up', () => {
    const box = new SecretBox([KEY]);
    const sealed = box.seal({ a: 'secret' });
    for (let byte = 0; byte < sealed.length; byte += 1) {
      const changed = Buffer.from(sealed);
      changed[byte] = (changed[byte] as number) ^ 1;
      expect(() => box.open(changed)).toThrow(/./);
    }
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => box.open(sealed.subarray(0, length))).toThrow(/./);
    expect(() => box.open(randomBytes(64))).toThrow(/./);
  });

  it('needs a key', () => {
    expect(() => new SecretBox([])).toThrow('at least one key');
  });
});
