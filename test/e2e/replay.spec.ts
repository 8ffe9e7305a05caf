import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { storedId } from '../../src/database/ids.js';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { calls, NotesModule } from '../support/note-handlers.js';
import { CreateNotes1790000000000 } from '../support/notes.js';
import { operate } from '../support/operate.js';
import { Receiver, type Received } from '../support/receiver.js';
import { startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(40_000);

interface Replayed {
  readonly replayId: string;
  readonly destinations: readonly string[];
  readonly deliveries: readonly { readonly id: string; readonly replay: boolean; readonly replayId: string }[];
}

describe('a replay of an event', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  let count = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    const to = (name: string): string =>
      `  - { name: ${name}, url: "${receiver.url}/${name}", allowPrivateNetwork: true }`;
    router = await startRouter({
      databaseUrl: database.url,
      yaml: `destinations:\n${to('one')}\n${to('two')}\n${to('never')}\nroutes:
  - { source: stripe, types: ["invoice.*"], to: one }
  - { source: stripe, types: ["invoice.*"], to: two }
`,
      options: { imports: [NotesModule], migrations: [CreateNotes1790000000000] },
    });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  const begin = async (type = 'invoice.paid', to = ['one', 'two']): Promise<string> => {
    const eventId = await accepted(router, 'stripe', stripeWebhook(`evt_replay_${(count += 1)}`, type));
    for (const name of to) await settledDelivery(router, eventId, name);
    return eventId;
  };
  const replay = (eventId: string, body?: unknown) =>
    operate<Replayed>(router, 'POST', `/events/${eventId}/replay`, body);
  const got = (eventId: string, name: string): Received[] =>
    receiver.received.filter(({ path, headers }) => headers['webhook-id'] === eventId && path.endsWith(`/${name}`));

  it('goes to where its routes send it, as new deliveries of the same event', async () => {
    const eventId = await begin();
    const { code, data } = await replay(eventId);
    expect([code, data.destinations]).toEqual([200, ['one', 'two']]);
    expect(data.deliveries).toHaveLength(2);
    for (const name of ['one', 'two']) {
      const [original, again] = await until('it is there again', () =>
        got(eventId, name).length === 2 ? got(eventId, name) : undefined,
      );
      expect(original?.headers['hookyard-replay']).toBeUndefined();
      expect(again?.headers['hookyard-replay']).toBe('true');
      expect(again?.headers['idempotency-key']).not.toBe(original?.headers['idempotency-key']);
      expect(data.deliveries.map(({ id }) => id)).toContain(again?.headers['idempotency-key']);
      expect(again?.body).toEqual(original?.body);
    }
    for (const delivery of data.deliveries) expect(delivery).toMatchObject({ replay: true, replayId: data.replayId });
  });

  it('goes to one destination, or to one that it never had', async () => {
    const eventId = await begin();
    expect((await replay(eventId, { destination: 'never' })).data.destinations).toEqual(['never']);
    expect((await replay(eventId, { destinations: ['two', 'two'] })).data.destinations).toEqual(['two']);
    await until('both are there', () => got(eventId, 'never').length === 1 && got(eventId, 'two').length === 2);
    expect(got(eventId, 'one')).toHaveLength(1);
  });

  it('asked for twice at once makes two deliveries', async () => {
    const eventId = await begin();
    const answers = await Promise.all([
      replay(eventId, { destination: 'one' }),
      replay(eventId, { destination: 'one' }),
    ]);
    expect(answers.map(({ code }) => code)).toEqual([200, 200]);
    expect(new Set(answers.map(({ data }) => data.replayId)).size).toBe(2);
    await until('all three are there', () => got(eventId, 'one').length === 3);
    expect(new Set(got(eventId, 'one').map(({ headers }) => headers['idempotency-key'])).size).toBe(3);
  });

  it('runs handlers again', async () => {
    const eventId = await begin('writes', ['writes']);
    const before = calls.get('writes') ?? 0;
    expect((await replay(eventId)).data.destinations).toEqual(['writes']);
    await until('it ran again', () => calls.get('writes') === before + 1);
  });

  it('only says where it would go when it is a dry run', async () => {
    const eventId = await begin();
    const { code, data } = await replay(eventId, { dryRun: true });
    expect([code, data.destinations, data.deliveries, data.replayId]).toEqual([200, ['one', 'two'], [], null]);
    const { rows } = await database.pool.query('SELECT 1 FROM hookyard.delivery WHERE event_id = $1', [
      storedId('evt', eventId),
    ]);
    expect(rows).toHaveLength(2);
  });

  it('is refused with a code: no such event, no such destination, no route, no body, a wrong request', async () => {
    const eventId = await begin();
    const said = async (id: string, body?: unknown): Promise<[number, string | undefined]> => {
      const { code, errors } = await replay(id, body);
      return [code, errors[0]?.code];
    };
    expect(await said(`evt_${'0'.repeat(32)}`)).toEqual([404, 'EVENT_NOT_FOUND']);
    expect(await said('evt_1')).toEqual([404, 'EVENT_NOT_FOUND']);
    expect(await said(eventId, { destination: 'nobody' })).toEqual([404, 'DESTINATION_NOT_FOUND']);
    expect(await said(eventId, { destinations: ['one', 'nobody'] })).toEqual([404, 'DESTINATION_NOT_FOUND']);
    for (const body of [
      { destinations: [] },
      { destination: 1 },
      { destination: '' },
      { destination: 'a\0' },
      { to: 'one' },
      { destination: 'one', destinations: ['two'] },
      [],
      { dryRun: 'yes' },
    ]) {
      expect([body, ...(await said(eventId, body))]).toEqual([body, 400, 'INVALID_REQUEST']);
    }
    expect(await said(await begin('customer.created', []))).toEqual([409, 'NO_DESTINATION']);
    await database.pool.query(
      `DELETE FROM hookyard.body WHERE id = (SELECT body_id FROM hookyard.event WHERE id = $1)`,
      [storedId('evt', eventId)],
    );
    expect(await said(eventId)).toEqual([410, 'BODY_GONE']);
  });
});
