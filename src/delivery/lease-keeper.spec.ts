import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { BatchStore } from '../queue/batch.store.js';
import { EventLog } from '../telemetry/event-log.js';
import type { Log } from '../telemetry/log.js';
import { Lease, LeaseKeeper } from './lease-keeper.js';
import { Runner } from './runner.js';

const LEASE_MS = 35_000;
const TIMEOUT_MS = 15_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('Lease', () => {
  it('covers a send only while it would end before anyone else may claim the delivery', () => {
    const lease = new Lease('b', LEASE_MS, performance.now());
    expect(lease.covers(TIMEOUT_MS)).toBe(true);
    jest.advanceTimersByTime(LEASE_MS - TIMEOUT_MS - 1);
    expect(lease.covers(TIMEOUT_MS)).toBe(true);
    jest.advanceTimersByTime(1);
    expect(lease.covers(TIMEOUT_MS)).toBe(false);
    expect(lease.covers(TIMEOUT_MS - 1)).toBe(true);
  });

  it('counts from before it was asked for', () => {
    const askedAt = performance.now();
    jest.advanceTimersByTime(LEASE_MS - TIMEOUT_MS);
    expect(new Lease('b', LEASE_MS, askedAt).covers(TIMEOUT_MS)).toBe(false);
  });

  it('covers nothing once lost, and is not renewed', () => {
    const lease = new Lease('b', LEASE_MS, performance.now());
    lease.lose();
    expect(lease.covers(0)).toBe(false);
    expect(lease.isDue(performance.now() + LEASE_MS)).toBe(false);
  });

  it('is due after a third', () => {
    const lease = new Lease('b', LEASE_MS, 0);
    expect(lease.isDue(LEASE_MS / 3)).toBe(false);
    expect(lease.isDue(LEASE_MS / 3 + 1)).toBe(true);
  });

  it.each([100, 1_000, 15_000, 120_000])('is due long before it stops covering sends of %i ms', (timeoutMs) => {
    const leaseMs = timeoutMs * 2 + 5_000;
    expect(leaseMs / 3).toBeLessThan(leaseMs - timeoutMs - 1_000);
  });
});

describe('LeaseKeeper', () => {
  const warnings: unknown[] = [];
  const events = new EventLog({ warn: (fields: unknown) => warnings.push(fields) } as unknown as Log);
  const runner = new Runner();
  let renew: (ids: readonly string[]) => Promise<Set<string>>;
  let asked: (readonly string[])[];
  let keeper: LeaseKeeper;

  beforeEach(() => {
    asked = [];
    warnings.length = 0;
    renew = (ids) => Promise.resolve(new Set(ids));
    const store = {
      renew: (ids: readonly string[], own: string) => {
        expect(own).toBe(runner.id);
        asked.push(ids);
        return renew(ids);
      },
    };
    keeper = new LeaseKeeper(store as unknown as BatchStore, runner, events);
    keeper.start();
  });
  afterEach(() => keeper.stop());

  it('renews what is due in one statement, and so keeps it covered for as long as it is held', async () => {
    const leases = ['a', 'b'].map((id) => keeper.hold(id, LEASE_MS, performance.now()));
    await jest.advanceTimersByTimeAsync(LEASE_MS / 3 + 500);
    expect(asked).toEqual([['a', 'b']]);
    await jest.advanceTimersByTimeAsync(LEASE_MS * 10);
    expect(leases.every((lease) => lease.covers(TIMEOUT_MS))).toBe(true);
    expect(asked.length).toBeLessThan(35);
  });

  it('stops sends of a batch that it no longer holds', async () => {
    const [kept, gone] = ['a', 'b'].map((id) => keeper.hold(id, LEASE_MS, performance.now()));
    renew = () => Promise.resolve(new Set(['a']));
    await jest.advanceTimersByTimeAsync(LEASE_MS / 2);
    expect([kept?.covers(0), gone?.covers(0)]).toEqual([true, false]);
  });

  it('lets sends stop by themselves while the database is away, and go on when it is back in time', async () => {
    const lease = keeper.hold('a', LEASE_MS, performance.now());
    renew = () => Promise.reject(new Error('away'));
    await jest.advanceTimersByTimeAsync(LEASE_MS - TIMEOUT_MS + 1);
    expect(lease.covers(TIMEOUT_MS)).toBe(false);
    expect(warnings[0]).toMatchObject({ event: 'lease.unrenewed', error: 'away' });
    renew = (ids) => Promise.resolve(new Set(ids));
    await jest.advanceTimersByTimeAsync(500);
    expect(lease.covers(TIMEOUT_MS)).toBe(true);
  });

  it('asks no second time while an answer is out, and counts the renewal from when it asked', async () => {
    const lease = keeper.hold('a', LEASE_MS, performance.now());
    let answer: (own: Set<string>) => void = () => undefined;
    renew = () => new Promise((resolve) => (answer = resolve));
    await jest.advanceTimersByTimeAsync(LEASE_MS - TIMEOUT_MS);
    expect(asked).toHaveLength(1);
    expect(lease.covers(TIMEOUT_MS)).toBe(false);
    answer(new Set(['a']));
    await jest.advanceTimersByTimeAsync(0);
    expect(lease.covers(TIMEOUT_MS)).toBe(true);
    expect(lease.renewedAt).toBeLessThan(LEASE_MS / 3 + 1_000);
  });

  it('forgets what was released', async () => {
    keeper.release(keeper.hold('a', LEASE_MS, performance.now()));
    await jest.advanceTimersByTimeAsync(LEASE_MS);
    expect(asked).toEqual([]);
  });
});

describe('Runner', () => {
  it('is never named like its predecessor', () => {
    expect(new Runner().id).not.toBe(new Runner().id);
  });
});
