import { describe, expect, it } from '@jest/globals';
import { sharedToken } from './shared-token.js';

const now = new Date();
const plain = sharedToken({ header: 'x-token' });
const bearer = sharedToken({ header: 'authorization', prefix: 'Bearer ' });

function outcomeOf(scheme: typeof plain, value: string | undefined, secrets = ['s3cret']): string {
  const headers = Object.fromEntries(scheme.headers.map((name) => [name, value]));
  const request = { method: 'POST', headers, repeated: new Set<string>(), body: Buffer.alloc(0), receivedAt: now };
  return scheme.check(request, { secrets, now, toleranceSeconds: 300 }).outcome;
}

describe('sharedToken', () => {
  it.each([
    ['s3cret', 'ok'],
    [undefined, 'missing'],
    ['', 'missing'],
    ['s3cre', 'mismatch'],
    ['s3cret ', 'mismatch'],
    ['S3CRET', 'mismatch'],
    ['é'.repeat(64), 'mismatch'],
    // One byte per character would make an s of it.
    ['\u01733cret', 'mismatch'],
    ['x'.repeat(5000), 'malformed'],
  ])('%j: %s', (value, outcome) => expect(outcomeOf(plain, value)).toBe(outcome));

  it('reads a token behind a prefix', () => {
    expect(outcomeOf(bearer, 'Bearer s3cret')).toBe('ok');
    expect(outcomeOf(bearer, 's3cret')).toBe('malformed');
    expect(bearer.sign(Buffer.alloc(0), { secret: 's3cret', now })).toEqual({ authorization: 'Bearer s3cret' });
  });

  it('accepts nothing when the configured secret is blank', () => {
    for (const secret of ['', ' ']) expect(outcomeOf(plain, ' ', [secret])).toBe('mismatch');
  });

  it('names its header as one that carries the secret', () => expect(plain.secretHeaders).toEqual(['x-token']));

  it('takes secrets that a header carries without loss', () => {
    for (const secret of ['', ' ', 'a b', 'a\n', 'é', 'x'.repeat(1025)])
      expect(plain.secretProblem(secret)).toBeDefined();
    expect(plain.secretProblem('s3cret')).toBeUndefined();
  });

  it("takes no secret that the sender would refuse, and says so in the sender's words", () => {
    const narrow = sharedToken({ header: 'x-token', allowed: { pattern: /^[a-z]+$/, words: 'lower-case letters' } });
    expect(narrow.secretProblem('s3cret')).toBe('the secret must be lower-case letters');
  });
});
