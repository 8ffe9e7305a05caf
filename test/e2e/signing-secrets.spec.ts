import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { accepted, settledDelivery } from '../support/deliveries.js';
import { Receiver, type Received } from '../support/receiver.js';
import { startRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const secretOf = (byte: number): string => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const [NEW, OLD, OLDER] = [secretOf(1), secretOf(2), secretOf(3)] as const;

/** Who of these would take the request as genuine, by the library that receivers use. */
function takenBy({ body, headers }: Received): string[] {
  const signed = headers as Record<string, string>;
  return [NEW, OLD, OLDER].filter((secret) => {
    try {
      new Webhook(secret).verify(body.toString(), signed);
      return true;
    } catch {
      return false;
    }
  });
}

describe('signing secrets of a destination', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let count = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
  });
  afterAll(async () => {
    await receiver.stop();
    await database.drop();
  });
  /** What a receiver gets while the destination has these secrets; `look` sends with `send` as often as it likes. */
  async function withSecrets<T>(
    signingSecrets: unknown,
    look: (send: () => Promise<Received>) => Promise<T>,
  ): Promise<T> {
    const destination = { name: 'billing', url: receiver.url, allowPrivateNetwork: true, signingSecrets };
    const yaml = `destinations: ${JSON.stringify([destination])}\nroutes: [{ source: stripe, to: billing }]\n`;
    const router = await startRouter({ databaseUrl: database.url, yaml });
    try {
      return await look(async () => {
        count += 1;
        const eventId = await accepted(router, 'stripe', stripeWebhook(`evt_signing_${count}`));
        await settledDelivery(router, eventId, 'billing');
        return receiver.received.find(({ headers }) => headers['webhook-id'] === eventId) as Received;
      });
    } finally {
      await router.close();
    }
  }

  it('are replaced without a moment in which a receiver with either has to refuse', async () => {
    const inForce = [
      [OLD],
      [NEW, { value: OLD, label: 'old', notAfter: '2999-12-31' }],
      [NEW, { value: OLD, label: 'old', notAfter: '2000-01-01' }],
      [NEW],
    ];
    const taken: string[][] = [];
    for (const secrets of inForce) taken.push(takenBy(await withSecrets(secrets, (send) => send())));
    expect(taken).toEqual([[OLD], [NEW, OLD], [NEW], [NEW]]);
  });

  it('end at their time while the router runs, without a restart', async () => {
    const notAfter = new Date(Date.now() + 2_500).toISOString();
    const secrets = [NEW, { value: OLD, notAfter }];
    const [before, after] = await withSecrets(secrets, async (send) => {
      const first = takenBy(await send());
      await until('the end has come', () => Date.now() > Date.parse(notAfter));
      return [first, takenBy(await send())];
    });
    expect(after).toEqual([NEW]);
    // On a machine that is slower than the end is far the first one says nothing; it is never another's.
    expect(before).toContain(NEW);
  });

  it('sign each attempt with its own time, over id, time and exact bytes', async () => {
    const got = await withSecrets([NEW, OLDER], (send) => send());
    expect(takenBy(got)).toEqual([NEW, OLDER]);
    const altered = { ...got, body: Buffer.concat([got.body, Buffer.from(' ')]) };
    const renamed = { ...got, headers: { ...got.headers, 'webhook-id': 'evt_other' } };
    const redated = {
      ...got,
      headers: { ...got.headers, 'webhook-timestamp': String(Number(got.headers['webhook-timestamp']) + 1) },
    };
    for (const forged of [altered, renamed, redated]) expect(takenBy(forged)).toEqual([]);
  });

  it('stand readable in no table', async () => {
    const { rows } = await database.pool.query<{ all: string }>(
      `SELECT string_agg(d::text || encode(d.secrets_sealed, 'escape'), '') AS all FROM hookyard.destination d`,
    );
    for (const secret of [NEW, OLD, OLDER]) expect(rows[0]?.all).not.toContain(secret.slice(6));
  });
});
