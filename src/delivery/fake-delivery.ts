import { NO_REPLAY, type ClaimedDelivery } from '../queue/claimed-delivery.js';

/** A claimed delivery for tests: a Stripe event, the first attempt of the original. */
export function fakeDelivery(changes: Partial<ClaimedDelivery> = {}): ClaimedDelivery {
  return {
    id: '0195a0a0-0000-7000-8000-000000000002',
    eventId: '0195a0a0-0000-7000-8000-000000000001',
    replayId: NO_REPLAY,
    lane: undefined,
    attempts: 0,
    roundAttempts: 0,
    ageMs: 0,
    source: 'stripe-eu',
    sourceType: 'stripe',
    externalId: 'evt_1',
    type: 'invoice.paid',
    subject: undefined,
    tenant: undefined,
    occurredAt: undefined,
    receivedAt: new Date('2026-03-01T12:00:00.000Z'),
    apiVersion: undefined,
    livemode: undefined,
    verified: true,
    headers: {},
    signatureHeaders: {},
    contentType: 'application/json',
    bodyFormat: 'json',
    body: { day: '2026-03-01', id: '0195a0a0-0000-7000-8000-000000000001', offset: 0, length: 2 },
    ...changes,
  };
}
