import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Breakers } from './breakers.js';
import type { Outcome } from './outcome.js';

const OK: Outcome = { kind: 'answered', statusCode: 200, retryAfterMs: undefined, excerpt: undefined };
const FAILED: Outcome = { kind: 'failed', errorClass: 'TIMEOUT', excerpt: undefined };

describe('Breakers', () => {
  let breakers: Breakers;
  beforeEach(() => void (breakers = new Breakers()));
  afterEach(() => breakers.onApplicationShutdown());

  it('sends, and gives back the outcome', async () => {
    expect(await breakers.execute(1, () => Promise.resolve(FAILED))).toBe(FAILED);
  });

  it('sends nothing while open, and again once closed', async () => {
    let sent = 0;
    const send = (): Promise<Outcome> => {
      sent += 1;
      return Promise.resolve(OK);
    };
    breakers.follow(1, 'shut');
    expect(await breakers.execute(1, send)).toBeUndefined();
    expect(sent).toBe(0);
    breakers.follow(1, 'open');
    expect(await breakers.execute(1, send)).toBe(OK);
    expect(sent).toBe(1);
  });

  it('keeps destinations apart', async () => {
    breakers.follow(1, 'shut');
    expect(await breakers.execute(2, () => Promise.resolve(OK))).toBe(OK);
  });

  it('never opens by itself, however much fails', async () => {
    for (let sent = 0; sent < 200; sent += 1) {
      await expect(breakers.execute(1, () => Promise.reject(new Error('bug')))).rejects.toThrow('bug');
    }
    expect(await breakers.execute(1, () => Promise.resolve(OK))).toBe(OK);
  });

  it('lets what is under way end when it opens, and is not closed by its success', async () => {
    let finish: ((outcome: Outcome) => void) | undefined;
    const underWay = breakers.execute(1, () => new Promise((resolve) => (finish = resolve)));
    breakers.follow(1, 'shut');
    finish?.(OK);
    expect(await underWay).toBe(OK);
    expect(await breakers.execute(1, () => Promise.resolve(OK))).toBeUndefined();
  });

  it('forgets a destination that is no more, and lets what is under way to it end', async () => {
    let finish: ((outcome: Outcome) => void) | undefined;
    const underWay = breakers.execute(1, () => new Promise((resolve) => (finish = resolve)));
    breakers.follow(2, 'shut');
    breakers.keepOnly(new Set([2]));
    expect(breakers.size).toBe(1);
    expect(breakers.isShut(2)).toBe(true);
    finish?.(OK);
    expect(await underWay).toBe(OK);
    expect(await breakers.execute(1, () => Promise.resolve(FAILED))).toBe(FAILED);
  });

  it('may be told the same again and again', async () => {
    for (const state of ['shut', 'shut', 'open', 'open', 'shut'] as const) breakers.follow(1, state);
    expect(await breakers.execute(1, () => Promise.resolve(OK))).toBeUndefined();
  });

  it('holds many sends at once: it is no limit of its own', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, () => breakers.execute(1, () => Promise.resolve(OK))),
    );
    expect(outcomes.every((outcome) => outcome === OK)).toBe(true);
  });
});
