import { describe, expect, it } from '@jest/globals';
import { isVerifyToken, verifyTokenOption } from './verify-token.js';

describe('a verify token', () => {
  it('is kept as a hash, however often it is read', () => {
    const hashed = verifyTokenOption.parse('a-verify-token');
    expect(hashed).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(verifyTokenOption.parse(hashed)).toBe(hashed);
    expect(isVerifyToken('a-verify-token', hashed)).toBe(true);
  });

  it.each([undefined, '', 'a-verify-tokeN', 'a-verify-token ', '\ud800', 'é'.repeat(14)])('is not %j', (given) => {
    const hashed = verifyTokenOption.parse('a-verify-token');
    expect(isVerifyToken(given, hashed)).toBe(false);
    expect(isVerifyToken(given === undefined ? hashed : given, hashed)).toBe(false);
  });

  it.each(['', '        ', 'short', 'with a space', 'x'.repeat(257)])('may not be %j', (token) =>
    expect(verifyTokenOption.safeParse(token).success).toBe(false),
  );
});
