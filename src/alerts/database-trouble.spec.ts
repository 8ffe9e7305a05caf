import { describe, expect, it, jest } from '@jest/globals';
import type { EventLog } from '../telemetry/event-log.js';
import type { Notifier, Sent } from './channels/notifier.js';
import { DatabaseTrouble } from './database-trouble.js';
import type { Notice } from './notice.js';
import type { Notifiers } from './notifiers.js';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);
const away = new Error('ECONNREFUSED');
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function troubleWith(send: (notice: Notice) => Promise<Sent>) {
  const sent: string[] = [];
  const notifier: Notifier = {
    name: 'telegram',
    isSilent: false,
    send: async (notice) => {
      const result = await send(notice);
      if (result.kind === 'sent') sent.push(notice.content.kind);
      return result;
    },
  };
  const events = { log: { debug: jest.fn(), warn: jest.fn() } } as unknown as EventLog;
  return { trouble: new DatabaseTrouble({ all: [notifier] } as unknown as Notifiers, events), sent };
}

describe('a database that is away', () => {
  it('is told of without the database: once after half a minute, and once when it is back', async () => {
    const { trouble, sent } = troubleWith(async () => ({ kind: 'sent' }));
    for (const seconds of [0, 15]) trouble.failed(away, at(seconds));
    await settled();
    expect(sent).toEqual([]);
    for (const seconds of [30, 45, 60]) trouble.failed(away, at(seconds));
    await settled();
    expect(sent).toEqual(['fired']);
    trouble.isOver(at(75));
    trouble.isOver(at(90));
    await settled();
    expect(sent).toEqual(['fired', 'resolved']);
    for (const seconds of [100, 130]) trouble.failed(away, at(seconds));
    await settled();
    expect(sent).toEqual(['fired', 'resolved', 'fired']);
    await trouble.stop();
  });

  it('is nobody’s business when it only restarts', async () => {
    const { trouble, sent } = troubleWith(async () => ({ kind: 'sent' }));
    for (const seconds of [0, 20]) trouble.failed(away, at(seconds));
    trouble.isOver(at(25));
    trouble.failed(away, at(40));
    await settled();
    expect(sent).toEqual([]);
  });

  it('does not hold up the stop when a channel never answers', async () => {
    const { trouble } = troubleWith(async () => ({ kind: 'wait', ms: 3_600_000, error: 'HTTP 429' }));
    for (const seconds of [0, 30]) trouble.failed(away, at(seconds));
    await settled();
    await trouble.stop();
  });
});
