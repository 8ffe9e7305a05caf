import type { Work } from './filter.js';
import { isBlock, STEPS_PER_VALUE } from './values.js';

const MAX_SEGMENTS = 20;
const INDEX = /^(?:0|[1-9]\d{0,8})$/;

/** A dotted path as its keys: `data.items.0.sku`; `\.` is a dot inside a key. `undefined` when it is none, or too long. */
export function parsePath(text: string): string[] | undefined {
  const segments: string[] = [''];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '.') segments.push('');
    else {
      const escaped = character === '\\' && text.charAt(at + 1) === '.';
      if (escaped) at++;
      segments[segments.length - 1] += escaped ? '.' : character;
    }
  }
  return segments.length > MAX_SEGMENTS || segments.includes('') ? undefined : segments;
}

/**
 * Whether a value at the path passes the test. Own properties only. A list on the way is looked through: at the index if the
 * key is one, else in each of its blocks; one that passes is enough. Where the path leads nowhere `undefined` is tested.
 */
export function someAt(
  value: unknown,
  path: readonly string[],
  test: (found: unknown) => boolean,
  work: Work,
  from = 0,
): boolean {
  work.spend(STEPS_PER_VALUE);
  const key = path[from];
  if (key === undefined) return test(value);
  if (Array.isArray(value)) {
    if (INDEX.test(key)) return someAt(value[Number(key)], path, test, work, from + 1);
    let looked = false;
    for (const item of value as readonly unknown[]) {
      work.spend(STEPS_PER_VALUE);
      if (!isBlock(item)) continue;
      looked = true;
      if (someAt(item, path, test, work, from)) return true;
    }
    return looked ? false : test(undefined);
  }
  return isBlock(value) && Object.hasOwn(value, key) ? someAt(value[key], path, test, work, from + 1) : test(undefined);
}
