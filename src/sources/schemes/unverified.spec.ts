import { describe, expect, it } from '@jest/globals';
import { unverified } from './unverified.js';

describe('unverified', () => {
  it('accepts everything, and says why', () => {
    const scheme = unverified({ because: 'the sender is a sensor on our own network' });
    const now = new Date();
    const request = {
      method: 'POST',
      headers: {},
      repeated: new Set<string>(),
      body: Buffer.alloc(0),
      receivedAt: now,
    };
    expect(scheme.check(request, { secrets: [], now, toleranceSeconds: 300 })).toEqual({
      outcome: 'ok',
      secretIndex: -1,
    });
    expect(scheme).toMatchObject({ needsSecret: false, because: 'the sender is a sensor on our own network' });
  });

  it('needs a reason', () => expect(() => unverified({ because: ' ' })).toThrow('needs a reason'));
});
