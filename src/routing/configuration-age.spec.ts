import { describe, expect, it } from '@jest/globals';
import { whyOlder } from './configuration-age.js';

const contents = [
  { fingerprint: 'old', isSuperseded: true },
  { fingerprint: 'now', isSuperseded: false },
];

describe('a file is older than what is in force', () => {
  it.each<[string, number | undefined, string[], number | undefined, boolean]>([
    ['when its revision is lower', 6, ['new'], 7, true],
    ['even with the content in force', 6, ['now'], 7, true],
    ['not when its revision is higher, whatever its content', 8, ['old'], 7, false],
    ['not when it is the first with a revision', 1, ['old'], undefined, false],
    ['by its content when the revisions are equal', 7, ['old'], 7, true],
    ['not when only a secret of it is new', 7, ['new'], 7, false],
    ['when its content was in force before and was replaced', undefined, ['old'], undefined, true],
    ['not when its content is in force', undefined, ['now'], undefined, false],
    ['not when nobody has seen its content', undefined, ['new'], undefined, false],
    ['not when it is in force under another key', undefined, ['old', 'now'], undefined, false],
    ['by its content when it has lost its revision', undefined, ['old'], 7, true],
  ])('%s', (_name, revision, fingerprints, inForce, expected) => {
    const why = whyOlder({ revision, fingerprints }, { revision: inForce, contents });
    expect(why !== undefined).toBe(expected);
  });

  it('never when there is nothing in force', () => {
    expect(whyOlder({ revision: undefined, fingerprints: ['a'] }, { revision: undefined, contents: [] })).toBe(
      undefined,
    );
  });
});
