import { describe, expect, it } from '@jest/globals';
import { DEFAULT_ALERTS } from '../../config/alerts-schema.js';
import { PAUSED_BY_ANSWER, PAUSED_UNDECLARED } from '../../queue/pause-reasons.js';
import type { DestinationFacts } from '../facts/destination-facts.js';
import type { Rule } from '../rule.js';
import { breakerOpen } from './breaker-open.js';
import { deliveriesLate } from './deliveries-late.js';
import { destinationPaused } from './destination-paused.js';
import { handlerAbsent } from './handler-absent.js';

const NOW = new Date('2026-03-10T12:00:00Z');
const ago = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);
const well: DestinationFacts = {
  name: 'billing',
  kind: 'http',
  openSince: null,
  failedProbes: 0,
  pausedAt: null,
  pauseReason: null,
  undeclaredAt: null,
  absentSince: null,
  overdueSince: null,
  pending: 3,
};
const RULES: readonly Rule<readonly DestinationFacts[]>[] = [
  breakerOpen,
  destinationPaused,
  deliveriesLate,
  handlerAbsent,
];
/** The rules that see something wrong. */
function seenBy(more: Partial<DestinationFacts>): string[] {
  const judging = { now: NOW, settings: DEFAULT_ALERTS };
  return RULES.filter(({ observe }) => observe([{ ...well, ...more }], judging).length > 0).map(({ rule }) => rule);
}

describe('a destination', () => {
  it('that is well, or busy for a while, alarms nobody', () => {
    expect(seenBy({})).toEqual([]);
    expect(seenBy({ overdueSince: ago(14) })).toEqual([]);
  });

  it('alarms when its breaker is open, when its deliveries are late, when its handler is gone', () => {
    expect(seenBy({ openSince: ago(1) })).toEqual(['breaker_open']);
    expect(seenBy({ overdueSince: ago(16) })).toEqual(['deliveries_late']);
    expect(seenBy({ kind: 'handler', absentSince: ago(20), overdueSince: ago(16) })).toEqual(['handler_absent']);
    expect(seenBy({ kind: 'handler', absentSince: ago(20), pending: 0 })).toEqual([]);
  });

  it('alarms when it was paused by its answer or by its absence from the file, not when a person paused it', () => {
    expect(seenBy({ pausedAt: ago(1), pauseReason: PAUSED_BY_ANSWER })).toEqual(['destination_paused']);
    expect(seenBy({ pausedAt: ago(1), pauseReason: PAUSED_UNDECLARED })).toEqual(['destination_paused']);
    expect(seenBy({ pausedAt: ago(1), pauseReason: 'maintenance', openSince: ago(2) })).toEqual([]);
  });
});
