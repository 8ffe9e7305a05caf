import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import { storedId } from '../../src/database/ids.js';
import { RejectionSampler } from '../../src/rejections/rejection-sampler.js';
import { settledDelivery } from '../support/deliveries.js';
import { Receiver } from '../support/receiver.js';
import { API_KEY, startRouter, type TestRouter } from '../support/router.js';
import { rawStripeWebhook, send, stripeWebhook, type Webhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

const CORRECTED = 'whsec_corrected';

interface Rejection {
  id: string;
}

describe('a refused request, after the secret was corrected', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  const hours = (n: number): Date => new Date(Date.now() + n * 3_600_000);
  const start = (secret: string): Promise<TestRouter> =>
    startRouter({
      databaseUrl: database.url,
      sourcesYaml: `version: 1\nsources: [{ slug: corrected, type: stripe, secrets: ["${secret}"] }]\n`,
      yaml: `destinations: [{ name: inbox, url: "${receiver.url}", allowPrivateNetwork: true }]
routes: [{ sourceType: stripe, to: inbox }]`,
    });
  /** Sends it, sees the 401, and gives the sample. */
  const refused = async (webhook: Webhook): Promise<Rejection> => {
    expect((await send(router.ingress('corrected'), webhook)).status).toBe(401);
    await router.app.get(RejectionSampler).drain();
    const [newest] = (await router.api<{ data: Rejection[] }>('/rejections?limit=1')).data;
    if (!newest) throw new Error('there is no sample');
    return newest;
  };
  const reverify = async (
    id: string,
  ): Promise<{ status: number; data: Record<string, unknown>; code: string | undefined }> => {
    const response = await request(`${router.managementUrl}/api/v1/rejections/${id}/reverify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    const { data, errors } = (await response.body.json()) as {
      data: Record<string, unknown>;
      errors: { code: string }[];
    };
    return { status: response.statusCode, data, code: errors[0]?.code };
  };
  const missed = stripeWebhook('evt_missed', 'invoice.paid', { secret: CORRECTED });
  let sample: Rejection;
  let repeated: Rejection;
  let stale: Rejection;
  let large: Rejection;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    router = await start('whsec_mistyped');
    sample = await refused(missed);
    repeated = await refused(missed);
    stale = await refused(stripeWebhook('evt_stale', 'invoice.paid', { secret: CORRECTED, now: hours(-1) }));
    large = await refused(rawStripeWebhook(Buffer.alloc(200 * 1024, 'x'), { secret: CORRECTED }));
  });

  it('cannot come in before, nor under an id that is none', async () => {
    expect(await reverify(sample.id)).toMatchObject({ status: 409, code: 'STILL_REJECTED' });
    expect(await reverify('rej_none')).toMatchObject({ status: 404, code: 'REJECTION_NOT_FOUND' });
    await router.close();
    router = await start(CORRECTED);
  });

  it('comes in as at its receipt, although its time is long over, and is delivered; repeats stay duplicates', async () => {
    // As if it had come two hours ago: its signature and its receipt.
    const old = stripeWebhook('evt_old', 'invoice.paid', { secret: CORRECTED, now: hours(-2) });
    const tooLate = await refused(old);
    expect(await reverify(tooLate.id)).toMatchObject({ status: 409, code: 'STILL_REJECTED' });
    await database.pool.query(`UPDATE hookyard.rejection SET received_at = now() - interval '2 h' WHERE id = $1`, [
      storedId('rej', tooLate.id),
    ]);
    const { status, data } = await reverify(tooLate.id);
    expect([status, data['status']]).toEqual([200, 'accepted']);
    const event = await router.api(`/events/${String(data['eventId'])}`);
    expect(event.data).toMatchObject({ externalId: 'evt_old', verified: true });
    expect((await settledDelivery(router, String(data['eventId']), 'inbox')).status).toBe('delivered');

    const first = await reverify(sample.id);
    expect(first).toMatchObject({ status: 200, data: { status: 'accepted' } });
    for (const id of [sample.id, repeated.id, repeated.id]) {
      const again = await reverify(id);
      expect(again.data).toMatchObject({ status: 'duplicate', eventId: first.data['eventId'] });
    }
    expect((await send(router.ingress('corrected'), missed)).json).toMatchObject({ status: 'duplicate' });
    const { data: seen } = await router.api<{ data: Record<string, unknown> }>(`/rejections/${sample.id}`);
    expect(seen).toMatchObject({ eventId: first.data['eventId'], reverifiedAt: expect.any(String) });
  });

  it('comes in once when two people ask at once', async () => {
    const id = (await refused(stripeWebhook('evt_at_once', 'invoice.paid', { secret: CORRECTED, now: hours(-2) }))).id;
    await database.pool.query(`UPDATE hookyard.rejection SET received_at = now() - interval '2 h' WHERE id = $1`, [
      storedId('rej', id),
    ]);
    const answers = await Promise.all([reverify(id), reverify(id)]);
    expect(answers.map(({ data }) => String(data['status'])).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'accepted',
      'duplicate',
    ]);
  });

  it('stays out when it was stale as it came, was cut, or has expired', async () => {
    expect(await reverify(stale.id)).toMatchObject({ status: 409, code: 'STILL_REJECTED' });
    expect(await reverify(large.id)).toMatchObject({ status: 409, code: 'REJECTION_UNUSABLE' });
    await database.pool.query(`UPDATE hookyard.rejection SET expires_at = now() - interval '1 s' WHERE id = $1`, [
      storedId('rej', stale.id),
    ]);
    expect(await reverify(stale.id)).toMatchObject({ status: 410, code: 'REJECTION_EXPIRED' });
  });

  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });
});
