import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { EventLog } from './event-log.js';
import { failureLevel } from './failure-level.js';
import type { Log } from './log.js';

/** Who must act on an ERROR. Whatever is not listed here goes on by itself, or is somebody else's. */
const MUST_ACT: Readonly<Record<string, string>> = {
  'alert.fired': 'whoever is on call: a critical alert',
  'attempt.failed': 'us: a bug',
  'batch.failed': 'us: a bug, unless the database is away',
  'configuration.older': 'whoever deployed: what they meant to change has not changed',
  'configuration.undeclared': 'whoever deployed: events are held, deliveries wait',
  'configuration.unusable': 'whoever deployed: a key or a source type is missing',
  'destination.paused': 'whoever owns the destination: it says that it is gone, and gets nothing more',
  'handler.missing': 'whoever deployed: nobody has the handler, its deliveries wait',
  'intake.failed': 'us: a bug, unless the database is away',
  'request.failed': 'us: a bug',
  'secret.none_left': 'whoever owns the source: all is refused',
  'settle.failed': 'us: a bug, unless the database is away',
  'stop.failed': 'us: a bug; the process ended with 1',
};

const ID = '0195a0a0-0000-7000-8000-000000000001';
const STORED = {
  source: 's',
  sourceType: 's',
  eventId: ID,
  externalId: 'x',
  type: 't',
  secretIndex: 0,
  deliveries: 1,
  bytes: 1,
  durationMs: 1,
};
const ATTEMPT = {
  deliveryId: ID,
  eventId: ID,
  destination: 'd',
  type: 't',
  attempt: 1,
  outcome: 'failed',
  durationMs: 1,
  statusCode: 500,
  errorClass: 'HTTP_5XX',
  sinceReceivedMs: 1,
  nextInMs: 1,
  target: 'https://d.test',
};
const REFUSAL = {
  source: 's',
  code: 'C',
  status: 401,
  reason: '',
  bytes: 0,
  durationMs: 0,
  requestId: 'r',
  isSampled: false,
};
const RUN = { id: ID, reason: null, statusCode: 200, errorClass: null, acceptedMs: 1, handledMs: 1 };
const SPELL = { destination: 'd', probes: 1, openForMs: 1 };
const AWAY = Object.assign(new Error('gone'), { code: 'ECONNREFUSED', syscall: 'connect' });

/** Every method of `EventLog`, with what decides its level. */
const CALLS: Readonly<Record<string, readonly ((events: EventLog) => void)[]>> = {
  accepted: [(events) => events.accepted(STORED)],
  duplicate: [(events) => events.duplicate(STORED), (events) => events.duplicate({ ...STORED, conflict: true })],
  several: [(events) => events.several({ ...STORED, accepted: 1, duplicates: 1, conflicts: 1 })],
  handshake: [(events) => events.handshake('s', 's', 200)],
  suspectedReplay: [(events) => events.suspectedReplay({ source: 's', eventId: ID, replayOf: ID, held: false })],
  unverified: [(events) => events.unverified('s', ID, 'mismatch')],
  filterFailed: [(events) => events.filterFailed({ source: 's', eventId: ID, destination: 'd', routeId: 1 })],
  refused: [(events) => events.refused(REFUSAL), (events) => events.refused({ ...REFUSAL, status: 503 })],
  notStored: [
    (events) => events.notStored({ source: 's', requestId: 'r' }, new Error('a bug')),
    (events) => events.notStored({ source: 's', requestId: 'r' }, AWAY),
  ],
  attempted: ['pending', 'delivered', 'dead'].map((status) => (events) => events.attempted({ ...ATTEMPT, status })),
  lost: [(events) => events.lost({ deliveryId: ID, eventId: ID, destination: 'd' })],
  breakerOpened: [(events) => events.breakerOpened({ destination: 'd', failures: 5, deliveries: 3, cooldownMs: 1 })],
  breakerProbed: [(events) => events.breakerProbed({ ...SPELL, cooldownMs: 1 })],
  breakerClosed: [(events) => events.breakerClosed(SPELL)],
  breakerForced: [(events) => events.breakerForced({ destination: 'd', state: 'open', until: undefined })],
  destinationPausedByHand: [(events) => events.destinationPausedByHand('d')],
  destinationResumed: [(events) => events.destinationResumed('d')],
  destinationTested: [
    (events) =>
      events.destinationTested({
        destination: 'd',
        outcome: 'failed',
        statusCode: 500,
        errorClass: 'HTTP_5XX',
        durationMs: 1,
        target: 'https://d.test',
      }),
  ],
  destinationPaused: [(events) => events.destinationPaused('d', '410')],
  monitored: (['passed', 'failed'] as const).map((outcome) => (events) => events.monitored({ ...RUN, outcome })),
};
/** Parts of others, without a line of their own. */
const NO_LINES = ['constructor', 'stored', 'countAttempt'];

describe('the levels of the log', () => {
  const levels = levelsInCode();

  it('are known of every method of the event log', () => {
    const methods = Object.getOwnPropertyNames(EventLog.prototype).filter((name) => !NO_LINES.includes(name));
    expect(Object.keys(CALLS).toSorted()).toEqual(methods.toSorted());
  });

  it('are as docs/operating.md says, of every event', () => {
    expect(Object.fromEntries(levels)).toEqual(Object.fromEntries(levelsInDocs()));
  });

  it('are ERROR only where somebody must act', () => {
    const errors = [...levels].filter(([, of]) => of.includes('error')).map(([event]) => event);
    expect(errors.toSorted()).toEqual(Object.keys(MUST_ACT).toSorted());
  });

  it('are never ERROR for what senders and destinations do', () => {
    const theirs = /^(webhook|delivery|breaker|issue|filter|rejections|lease|replay|monitor|notice)\./;
    const loud = [...levels].filter(([event, of]) => theirs.test(event) && of.includes('error'));
    expect(loud).toEqual([]);
    expect([...levels.keys()].filter((event) => theirs.test(event)).length).toBeGreaterThan(20);
  });

  it('are WARN for what a database that is away breaks, ERROR for what else does', () => {
    expect([
      failureLevel(AWAY),
      failureLevel(new Error('Connection terminated')),
      failureLevel(new Error('x')),
    ]).toEqual(['warn', 'warn', 'error']);
  });
});

/** `log.warn({ event: 'a' …` anywhere in the code, and what the event log's own methods write. */
function levelsInCode(): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const note = (event: string, level: string): void => {
    found.set(event, (found.get(event) ?? new Set()).add(level));
  };
  const call = /\blog(?:\.(\w+)|\[(failureLevel\(error\))\])\(\s*\{\s*event: '([a-z_.]+)'/g;
  for (const text of sources()) {
    for (const [, level, either, event] of text.matchAll(call)) {
      for (const one of either ? ['error', 'warn'] : [String(level)]) note(String(event), one);
    }
  }
  const at =
    (level: string) =>
    ({ event }: { event: string }): void =>
      note(event, level);
  const log = { info: at('info'), warn: at('warn'), error: at('error') } as unknown as Log;
  for (const make of Object.values(CALLS).flat()) make(new EventLog(log));
  return new Map([...found].map(([event, of]) => [event, [...of].toSorted()]));
}

function levelsInDocs(): Map<string, string[]> {
  const markdown = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
  const table = markdown.split('| event | level |')[1]?.split('\n\n')[0] ?? '';
  return new Map(
    [...table.matchAll(/^\| (`[^|]+) \| ([^|]+) \|/gm)].flatMap(([, events, of]) =>
      [...String(events).matchAll(/`([a-z_.]+)`/g)].map(([, event]) => [
        String(event),
        String(of).trim().split(', ').toSorted(),
      ]),
    ),
  );
}

function sources(): string[] {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
}
