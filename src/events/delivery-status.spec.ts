import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  DELIVERY_EVENTS,
  DELIVERY_STATUSES,
  FIRST_STATUSES,
  isSettled,
  nextStatus,
  statusesMovedBy,
  type DeliveryEvent,
  type DeliveryStatus,
} from './delivery-status.js';

/** Written out a second time, by hand: every status against every event, `-` where nothing happens. */
const EXPECTED = `
                    pending    claimed    held       delivered  dead       cancelled  superseded
claim               claimed    -          -          -          -          -          -
unclaim             -          pending    -          -          -          -          -
succeed             -          delivered  -          -          -          -          -
fail                -          pending    -          -          -          -          -
give-up             -          dead       -          -          -          -          -
reap                -          pending    -          -          -          -          -
reap-lost           -          dead       -          -          -          -          -
late-success        delivered  delivered  delivered  -          delivered  delivered  delivered
late-failure        -          -          -          -          -          -          -
supersede           superseded -          -          -          -          -          -
release             -          -          pending    -          -          -          -
retry               pending    -          -          -          pending    pending    -
cancel              cancelled  -          cancelled  -          -          -          -
remove-destination  dead       -          dead       -          -          -          -
`;

const [header = [], ...lines] = EXPECTED.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const table = lines.flatMap(([event, ...cells]) =>
  cells.map((cell, index) => [header[index], event, cell] as [DeliveryStatus, DeliveryEvent, string]),
);

describe('a delivery’s state machine', () => {
  it('is written out for every status and every event', () => {
    expect(header).toEqual([...DELIVERY_STATUSES]);
    expect(lines.map(([event]) => event)).toEqual([...DELIVERY_EVENTS]);
    expect(table).toHaveLength(DELIVERY_STATUSES.length * DELIVERY_EVENTS.length);
  });

  it.each(table)('%s, on %s: %s', (status, event, to) => {
    expect(nextStatus(status, event) ?? '-').toBe(to);
  });

  it('never lets go of what is delivered', () => {
    expect(DELIVERY_EVENTS.filter((event) => nextStatus('delivered', event))).toEqual([]);
  });

  it('leaves no status without a way to be settled, and reaches each', () => {
    const reached = new Set<DeliveryStatus>(FIRST_STATUSES);
    for (const status of reached) {
      for (const event of DELIVERY_EVENTS) {
        const next = nextStatus(status, event);
        if (next) reached.add(next);
      }
    }
    expect([...reached].sort()).toEqual([...DELIVERY_STATUSES].sort());
    const open = DELIVERY_STATUSES.filter((status) => !isSettled(status));
    expect(open).toEqual(['pending', 'claimed', 'held']);
    for (const status of open) expect(nextStatus(status, 'late-success')).toBe('delivered');
  });

  it('names the statuses that an event moves', () => {
    expect(statusesMovedBy('retry')).toEqual(['pending', 'dead', 'cancelled']);
    expect(statusesMovedBy('late-failure')).toEqual([]);
  });

  it('stands in docs/architecture.md as it is', () => {
    const document = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
    const rows = document
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
      .filter(([, event]) => DELIVERY_EVENTS.includes(event as DeliveryEvent))
      .map(([, event, moves]) => [event, moves]);
    const said = DELIVERY_EVENTS.map((event) => {
      const moves = statusesMovedBy(event).map((status) => `${status} → ${nextStatus(status, event)}`);
      return [event, moves.join(', ') || 'nothing'];
    });
    expect(rows).toEqual(said);
  });
});
