import { describe, expect, it, jest } from '@jest/globals';
import { apiCall } from '../support/api-call.js';
import { Receiver } from '../support/receiver.js';
import { startRouter } from '../support/router.js';
import { createTestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

describe('tests of a destination that fails', () => {
  it('leave nothing behind but their audit lines: no event, no delivery, no issue, no count, no breaker', async () => {
    const [database, receiver] = await Promise.all([createTestDatabase(), Receiver.start()]);
    receiver.answer = 500;
    const breaker = 'breaker: { failures: 2, window: 10m }';
    const yaml = `destinations:
  - { name: broken, url: "${receiver.url}", allowPrivateNetwork: true, ${breaker} }
`;
    const gate = async (): Promise<unknown> =>
      (await database.pool.query('SELECT to_jsonb(g) AS gate FROM hookyard.destination_gate g')).rows;
    try {
      const router = await startRouter({ databaseUrl: database.url, yaml });
      const before = await gate();
      for (let n = 0; n < 8; n += 1) await apiCall(router.managementUrl, 'POST', '/destinations/broken/test');
      // What is counted in memory is written by then.
      await router.close();
      expect(receiver.received).toHaveLength(8);
      expect(await gate()).toEqual(before);
      const { rows } = await database.pool.query<Record<string, string>>(
        `SELECT (SELECT count(*) FROM hookyard.event) AS events, (SELECT count(*) FROM hookyard.body) AS bodies,
           (SELECT count(*) FROM hookyard.delivery) AS deliveries, (SELECT count(*) FROM hookyard.attempt) AS attempts,
           (SELECT count(*) FROM hookyard.issue) AS issues, (SELECT count(*) FROM hookyard.alert WHERE subject = 'broken') AS alerts,
           (SELECT count(*) FROM hookyard.activity) AS activity, (SELECT count(*) FROM hookyard.audit WHERE target = 'broken') AS audited`,
      );
      expect(rows).toEqual([
        {
          events: '0',
          bodies: '0',
          deliveries: '0',
          attempts: '0',
          issues: '0',
          alerts: '0',
          activity: '0',
          audited: '8',
        },
      ]);
    } finally {
      await receiver.stop();
      await database.drop();
    }
  });
});
