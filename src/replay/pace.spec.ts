import { describe, expect, it } from '@jest/globals';
import { tokensNow, waitForTokens } from './pace.js';

describe('the pace of a bulk replay', () => {
  it('gives as many tokens as the time since the last chunk is worth', () => {
    expect(tokensNow(0, 0.5, 100)).toBe(50);
    expect(tokensNow(10, 0.25, 100)).toBe(35);
  });

  it('forgets what gathered while nobody worked: after a restart it goes on at the pace, not in a flood', () => {
    expect(tokensNow(0, 3_600, 100)).toBe(100);
    expect(tokensNow(0, 3_600, 0.1)).toBe(1);
  });

  it('makes an event with many destinations wait for the ones it took in advance', () => {
    expect(tokensNow(-20, 0.1, 100)).toBe(-10);
    expect(waitForTokens(-10, 100)).toBe(200);
  });

  it('is not led astray by a clock that went back', () => {
    expect(tokensNow(5, -10, 100)).toBe(5);
  });

  it('waits for a chunk worth making, and for one delivery at a slow pace', () => {
    expect(waitForTokens(0, 100)).toBe(100);
    expect(waitForTokens(0, 0.5)).toBe(2_000);
    expect(waitForTokens(60, 100)).toBe(0);
    // However fast: no chunk is larger than one.
    expect(waitForTokens(0, 10_000)).toBe(50);
  });
});
