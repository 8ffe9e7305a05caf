import { describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { EventLog } from '../telemetry/event-log.js';
import { IssueLedger } from './issue-ledger.js';
import type { FailureGroup } from './issue.js';
import type { IssueStore } from './issue.store.js';

const failure = { destinationId: 1, errorClass: 'HTTP_5XX', statusCode: 500, deliveryId: 'a', isDead: false };

describe('IssueLedger', () => {
  const setUp = () => {
    const file = jest.fn(async (_groups: readonly FailureGroup[]) => []);
    const ledger = new IssueLedger({ file } as unknown as IssueStore, new EventLog(pino({ level: 'silent' })));
    return { file, ledger, filed: () => file.mock.calls.map(([groups]) => groups) };
  };

  it('writes one row for however many failures of one kind', async () => {
    const { ledger, filed } = setUp();
    for (let n = 0; n < 500; n += 1) ledger.note({ ...failure, deliveryId: `d${n}`, isDead: n % 100 === 0 });
    ledger.note({ ...failure, statusCode: 502 });
    await ledger.flush();
    expect(filed()).toEqual([
      [
        expect.objectContaining({ statusCode: 500, failures: 500, dead: 5, lastDeliveryId: 'd499' }),
        expect.objectContaining({ statusCode: 502, failures: 1, dead: 0 }),
      ],
    ]);
  });

  it('counts what a database that was away did not take with what comes next', async () => {
    const { file, ledger, filed } = setUp();
    ledger.note(failure);
    file.mockRejectedValueOnce(new Error('away'));
    await ledger.flush();
    ledger.note({ ...failure, isDead: true, deliveryId: 'b' });
    await ledger.flush();
    expect(filed()[1]).toEqual([expect.objectContaining({ failures: 2, dead: 1, lastDeliveryId: 'b' })]);
  });

  it('keeps no more than 5,000 kinds in memory, however long the database is away', async () => {
    const { ledger, filed } = setUp();
    for (let n = 0; n < 6_000; n += 1) ledger.note({ ...failure, destinationId: n });
    await ledger.flush();
    expect(filed()[0]).toHaveLength(5_000);
  });

  it('writes nothing when nothing failed', async () => {
    const { file, ledger } = setUp();
    await ledger.flush();
    expect(file).not.toHaveBeenCalled();
  });
});
