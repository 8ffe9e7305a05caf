import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { apiCall } from '../support/api-call.js';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { IssueStore } from '../../src/issues/issue.store.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

interface SeenIssue {
  readonly id: string;
  readonly statusCode: number | null;
  readonly state: string;
  readonly failures: number;
  readonly dead: number;
  readonly lastDeliveryId: string;
  readonly reopenedAt: string | null;
}

describe('an issue', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  let base = '';
  let sent = 0;
  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    // One more attempt, at once; no breaker in the way.
    const policy = 'retry: { schedule: [10ms], jitter: 0 }, breaker: { failures: 1000 }';
    router = await startRouter({
      databaseUrl: database.url,
      yaml: destinationYaml('inbox', receiver.url, policy),
    });
    base = router.managementUrl;
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  const deliver = async (status: number): Promise<{ id: string; status: string }> => {
    receiver.answer = status;
    sent += 1;
    return settledDelivery(router, await accepted(router, 'stripe', stripeWebhook(`evt_${sent}`)), 'inbox');
  };
  const issues = async (query = ''): Promise<SeenIssue[]> =>
    (await apiCall(base, 'GET', `/issues${query}`)).body.data as unknown as SeenIssue[];
  const issueWith = (statusCode: number, is: (issue: SeenIssue) => boolean): Promise<SeenIssue> =>
    until(`an issue of ${statusCode}`, async () =>
      (await issues()).find((one) => one.statusCode === statusCode && is(one)),
    );
  const act = async (id: string, action: string): Promise<{ code: number; state: unknown; error: unknown }> => {
    const { code, body } = await apiCall(base, 'POST', `/issues/${id}/${action}`);
    return { code, state: body.data?.['state'], error: body.errors[0]?.code };
  };

  it('groups failures by destination, class and status, and says what became of them', async () => {
    const first = await deliver(500);
    const second = await deliver(500);
    const third = await deliver(404);
    expect([first.status, second.status, third.status]).toEqual(['dead', 'dead', 'dead']);
    const issue = await issueWith(500, ({ failures }) => failures === 4);
    expect(issue).toMatchObject({
      id: expect.stringMatching(/^iss_[0-9a-f]{32}$/),
      destination: 'inbox',
      errorClass: 'HTTP_5XX',
      state: 'open',
      dead: 2,
      lastDeliveryId: second.id,
      reopenedAt: null,
    });
    await issueWith(404, ({ failures, dead }) => failures === 2 && dead === 1);
    const { body } = await apiCall(base, 'GET', `/issues/${issue.id}/dead-letters`);
    expect(body.data.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(body.page).toMatchObject({ total: 2, totalIsExact: true });
  });

  it('comes back when it was resolved, and does not when it is ignored', async () => {
    const { id } = await issueWith(500, () => true);
    expect(await act(id, 'resolve')).toMatchObject({ code: 200, state: 'resolved' });
    expect((await issues('?state=open')).map(({ statusCode }) => statusCode)).toEqual([404]);
    await deliver(500);
    const reopened = await issueWith(500, ({ failures }) => failures === 6);
    expect(reopened).toMatchObject({ state: 'open', reopenedAt: expect.any(String) });
    expect(await act(id, 'ignore')).toMatchObject({ code: 200, state: 'ignored' });
    await deliver(500);
    expect(await issueWith(500, ({ failures }) => failures === 8)).toMatchObject({ state: 'ignored' });
  });

  it('is acknowledged only while it is open', async () => {
    const { id } = await issueWith(404, () => true);
    expect(await act(id, 'acknowledge')).toMatchObject({ code: 200, state: 'acknowledged' });
    expect(await act(id, 'acknowledge')).toMatchObject({ code: 200 });
    await act(id, 'resolve');
    expect(await act(id, 'acknowledge')).toMatchObject({ code: 409, error: 'ISSUE_NOT_CHANGEABLE' });
    expect(await act(id, 'reopen')).toMatchObject({ code: 200, state: 'open' });
    expect(await act(`iss_${'0'.repeat(32)}`, 'resolve')).toMatchObject({ code: 404, error: 'ISSUE_NOT_FOUND' });
    const { body } = await apiCall(base, 'GET', '/audit?limit=10');
    expect(body.data.find(({ action }) => action === 'POST /issues/:id/acknowledge')).toBeDefined();
  });

  it('is resolved by itself after a week, and forgotten after 90 days or with its destination', async () => {
    const store = router.app.get(IssueStore);
    const age = (days: number) =>
      database.pool.query(
        `UPDATE hookyard.issue SET last_seen_at = now() - $1 * interval '1 day' WHERE status_code = 404`,
        [days],
      );
    await age(8);
    await store.tidy();
    expect(await issueWith(404, () => true)).toMatchObject({ state: 'resolved' });
    expect(await issueWith(500, () => true)).toMatchObject({ state: 'ignored' });
    await age(91);
    await store.tidy();
    expect((await issues()).map(({ statusCode }) => statusCode)).toEqual([500]);
    await database.pool.query(`UPDATE hookyard.destination SET deleted_at = now() WHERE name = 'inbox'`);
    await store.tidy();
    expect(await issues()).toEqual([]);
  });

  it('is written at the stop, however short before that it happened', async () => {
    const own = await createTestDatabase();
    const other = await startRouter({
      databaseUrl: own.url,
      yaml: destinationYaml('inbox', receiver.url, 'retry: { schedule: [] }'),
    });
    receiver.answer = 422;
    await settledDelivery(other, await accepted(other, 'stripe', stripeWebhook('evt_last')), 'inbox');
    await other.close();
    const { rows } = await own.pool.query('SELECT failures, dead FROM hookyard.issue');
    expect(rows).toEqual([{ failures: '1', dead: '1' }]);
    await own.drop();
  });
});
