import { UNPARSED } from '../sources/name-event.js';

/**
 * Does a pattern take an event type? Only `*` is special: any run of characters, separators included; patterns are anchored
 * at both ends. `unparsed` must be named: no pattern with a `*` takes it, so that a catch-all route is not handed garbage.
 * Linear in practice and never exponential, whatever the pattern.
 */
export function matchType(pattern: string, type: string): boolean {
  if (!pattern.includes('*')) return pattern === type;
  if (type === UNPARSED) return false;
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < type.length) {
    if (pattern[p] === '*') {
      star = p;
      resume = t;
      p += 1;
    } else if (p < pattern.length && pattern[p] === type[t]) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      resume += 1;
      t = resume;
      p = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
