import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventLog, type Acceptance, type AttemptLine, type Refusal } from './event-log.js';
import type { Log } from './log.js';

type Line = Record<string, unknown> & { level: string };

const ID = '0195a0a0-0000-7000-8000-000000000001';
const REFUSAL: Refusal = {
  requestId: 'rej_0195a0a0000070008000000000000001',
  isSampled: true,
  source: 'stripe',
  code: 'SIGNATURE_REJECTED',
  status: 401,
  reason: 'mismatch',
  bytes: 1,
  durationMs: 1,
};
const ACCEPTED: Acceptance = {
  source: 'stripe',
  sourceType: 'stripe',
  eventId: ID,
  externalId: 'evt_1',
  type: 'invoice.paid',
  secretIndex: 0,
  deliveries: 1,
  bytes: 1,
  durationMs: 1,
};
const ATTEMPT: AttemptLine = {
  deliveryId: ID,
  eventId: ID,
  destination: 'billing',
  type: 'stripe.invoice.paid',
  attempt: 1,
  outcome: 'failed',
  status: 'pending',
  statusCode: 500,
  errorClass: 'HTTP_5XX',
  durationMs: 3,
  sinceReceivedMs: 5,
  nextInMs: 1_000,
  target: 'https://billing.test/hooks',
};

describe('EventLog', () => {
  let lines: Line[];
  let events: EventLog;

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000 });
    lines = [];
    const at = (level: string) => (fields: Record<string, unknown>) => lines.push({ ...fields, level });
    events = new EventLog({ info: at('info'), warn: at('warn'), error: at('error') } as unknown as Log);
  });
  afterEach(() => void jest.useRealTimers());

  it('names events and deliveries as the API does', () => {
    events.accepted(ACCEPTED);
    events.attempted(ATTEMPT);
    expect(lines).toEqual([
      { ...ACCEPTED, level: 'info', event: 'webhook.accepted', eventId: 'evt_0195a0a0000070008000000000000001' },
      {
        ...ATTEMPT,
        level: 'info',
        event: 'delivery.attempted',
        deliveryId: 'dlv_0195a0a0000070008000000000000001',
        eventId: 'evt_0195a0a0000070008000000000000001',
      },
    ]);
  });

  it('wakes nobody for a destination’s 500, and warns of a dead letter', () => {
    events.attempted(ATTEMPT);
    events.attempted({ ...ATTEMPT, status: 'dead' });
    expect(lines.map(({ level, event }) => [level, event])).toEqual([
      ['info', 'delivery.attempted'],
      ['warn', 'delivery.dead'],
    ]);
  });

  it('warns of a duplicate only when its body differs', () => {
    events.duplicate(ACCEPTED);
    events.duplicate({ ...ACCEPTED, conflict: true });
    expect(lines.map(({ level, conflict }) => [level, conflict])).toEqual([
      ['info', false],
      ['warn', true],
    ]);
  });

  it('lists every refusal while they are few', () => {
    for (let second = 0; second < 10; second += 1) {
      for (let one = 0; one < 20; one += 1) events.refused(REFUSAL);
      jest.advanceTimersByTime(1_000);
    }
    expect(lines).toHaveLength(200);
    expect(lines[0]).toEqual({ ...REFUSAL, level: 'info', event: 'webhook.refused' });
  });

  it('turns a flood of refusals into 21 lines a second, and says how many it left out', () => {
    for (let second = 0; second < 3; second += 1) {
      for (let one = 0; one < 5_000; one += 1) events.refused(REFUSAL);
      jest.advanceTimersByTime(1_000);
    }
    events.refused(REFUSAL);
    expect(lines).toHaveLength(3 * 21 + 1);
    const more = lines.filter(({ event }) => event === 'webhook.refused.more');
    expect(more.map(({ level, count }) => [level, count])).toEqual([
      ['warn', 4_980],
      ['warn', 4_980],
      ['warn', 4_980],
    ]);
  });

  it('says what became of a destination', () => {
    events.breakerOpened({ destination: 'billing', failures: 5, deliveries: 3, cooldownMs: 300_000 });
    events.breakerProbed({ destination: 'billing', probes: 1, openForMs: 300_000, cooldownMs: 600_000 });
    events.breakerClosed({ destination: 'billing', probes: 2, openForMs: 900_000 });
    events.destinationPaused('billing', 'gone');
    expect(lines).toEqual([
      {
        level: 'warn',
        event: 'breaker.opened',
        destination: 'billing',
        failures: 5,
        deliveries: 3,
        cooldownMs: 300_000,
      },
      {
        level: 'warn',
        event: 'breaker.probed',
        destination: 'billing',
        probes: 1,
        openForMs: 300_000,
        cooldownMs: 600_000,
      },
      { level: 'info', event: 'breaker.closed', destination: 'billing', probes: 2, openForMs: 900_000 },
      { level: 'error', event: 'destination.paused', destination: 'billing', reason: 'gone' },
    ]);
  });
});
