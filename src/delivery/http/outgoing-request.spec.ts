import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { deliveryPolicy } from '../../config/delivery-policy.js';
import type { HttpDestination } from '../../routing/topology.js';
import { defineSource } from '../../sources/define-source.js';
import { standardWebhooks } from '../../sources/schemes/standard-webhooks.js';
import { shopify } from '../../sources/shopify/shopify.js';
import { stripe } from '../../sources/stripe/stripe.js';
import { telegram } from '../../sources/telegram/telegram.js';
import { CLOUD_EVENT_TYPE, cloudEvent } from './cloud-event.js';
import { fakeDelivery } from '../fake-delivery.js';
import { outgoingRequest } from './outgoing-request.js';

const NEW_SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const OLD_SECRET = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
const BODY = Buffer.from('{"id": "evt_1", "n": 9007199254740993}');
const NOW = new Date();
const EVENT_ID = 'evt_0195a0a0000070008000000000000001';

function destination(changes: Partial<HttpDestination> = {}): HttpDestination {
  return {
    kind: 'http',
    id: 1,
    name: 'billing',
    policy: deliveryPolicy(),
    url: new URL('https://billing.test/hooks'),
    payload: 'cloudevents',
    signingSecrets: [],
    resignWith: undefined,
    headers: {},
    allowPrivateNetwork: false,
    tls: undefined,
    proxy: undefined,
    ...changes,
  };
}
const signing = (value: string, notAfter?: Date): HttpDestination['signingSecrets'][number] => ({
  value,
  label: undefined,
  notAfter,
});
const build = (
  to: Partial<HttpDestination> = {},
  changes: Parameters<typeof fakeDelivery>[0] = {},
  description = stripe,
) => outgoingRequest(fakeDelivery(changes), BODY, destination(to), description, NOW);

describe('a delivery as CloudEvents', () => {
  it('is named by its event, its attempt and its trace', () => {
    const { headers, body } = build({}, { attempts: 2 });
    expect(body.equals(cloudEvent(fakeDelivery(), BODY))).toBe(true);
    expect(headers).toEqual({
      'user-agent': 'Hookyard',
      'content-type': CLOUD_EVENT_TYPE,
      'webhook-id': EVENT_ID,
      'webhook-timestamp': String(Math.floor(NOW.getTime() / 1000)),
      'idempotency-key': 'dlv_0195a0a0000070008000000000000002',
      'hookyard-attempt': '3',
      traceparent: expect.stringMatching(/^00-0195a0a0000070008000000000000001-[0-9a-f]{16}-00$/),
    });
  });

  it('keeps webhook-id on a replay and says that it is one', () => {
    const { headers } = build({}, { replayId: '0195a0a0-0000-7000-8000-00000000000f' });
    expect(headers).toMatchObject({ 'webhook-id': EVENT_ID, 'hookyard-replay': 'true' });
  });

  it('says that it is a test only where it is one, whatever its sender said', () => {
    const kept = { headers: { 'hookyard-test': 'true' } };
    expect(build({}, { isTest: true }).headers).toMatchObject({ 'hookyard-test': 'true' });
    expect(build({}, kept).headers).not.toHaveProperty('hookyard-test');
    expect(build({ payload: 'raw' }, kept).headers).not.toHaveProperty('hookyard-test');
  });

  it('is signed until the end of each secret, and no longer', () => {
    const ending = signing(OLD_SECRET, NOW);
    const at = (now: Date) =>
      outgoingRequest(
        fakeDelivery(),
        BODY,
        destination({ signingSecrets: [signing(NEW_SECRET), ending] }),
        stripe,
        now,
      );
    expect(at(NOW).headers['webhook-signature']?.split(' ')).toHaveLength(2);
    const { headers, body } = at(new Date(NOW.getTime() + 1));
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(1);
    expect(new Webhook(NEW_SECRET).verify(body.toString(), { ...headers })).toMatchObject({ id: EVENT_ID });
  });

  it('is signed by Standard Webhooks, once with each secret', () => {
    const { headers, body } = build({ signingSecrets: [signing(NEW_SECRET), signing(OLD_SECRET)] });
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [NEW_SECRET, OLD_SECRET]) {
      expect(new Webhook(secret).verify(body.toString(), { ...headers })).toMatchObject({ id: EVENT_ID });
      expect(() => new Webhook(secret).verify(`${body.toString()} `, { ...headers })).toThrow(/signature/);
    }
  });

  it('takes the destination’s own headers along, and nothing of the sender’s', () => {
    const { headers } = build(
      { headers: { authorization: 'Bearer x', 'user-agent': 'Ours' } },
      { headers: { 'x-kept': '1' }, signatureHeaders: { 'stripe-signature': 't=1,v1=x' } },
    );
    expect(headers).toMatchObject({ authorization: 'Bearer x', 'user-agent': 'Ours' });
    expect(headers).not.toHaveProperty('x-kept');
    expect(headers).not.toHaveProperty('stripe-signature');
  });

  it('never lets a destination’s header stand for one that Hookyard computes', () => {
    const forged = {
      'webhook-id': 'x',
      'webhook-timestamp': '1',
      'idempotency-key': 'x',
      'hookyard-attempt': '9',
      traceparent: 'x',
    };
    const { headers } = build({ headers: forged, signingSecrets: [signing(NEW_SECRET)] });
    for (const [name, value] of Object.entries(forged)) expect(headers[name]).not.toBe(value);
  });
});

describe('a raw delivery', () => {
  const genuine = stripe.scheme.sign(BODY, { secret: 'whsec_theirs', now: NOW });

  it('has the sender’s bytes, content type, kept headers and signature', () => {
    const { headers, body } = build(
      { payload: 'raw' },
      {
        headers: { 'x-kept': '1', 'user-agent': 'Stripe/1.0' },
        contentType: 'application/json; charset=utf-8',
        signatureHeaders: genuine,
      },
    );
    expect(body).toBe(BODY);
    expect(headers).toMatchObject({
      ...genuine,
      'x-kept': '1',
      'user-agent': 'Stripe/1.0',
      'content-type': 'application/json; charset=utf-8',
      'webhook-id': EVENT_ID,
    });
  });

  it('has no content type where the sender gave none', () => {
    expect(build({ payload: 'raw' }, { contentType: undefined }).headers).not.toHaveProperty('content-type');
  });

  it('is signed again as its sender signs, so that the sender’s library accepts it, on late retries too', () => {
    const secret = 'whsec_ours';
    const late = {
      attempts: 8,
      receivedAt: new Date(NOW.getTime() - 3 * 86_400_000),
      signatureHeaders: { 'stripe-signature': 't=1,v1=00' },
    };
    const { headers, body } = build({ payload: 'raw', resignWith: secret }, late);
    const event = new Stripe('sk_test_x').webhooks.constructEvent(body, headers['stripe-signature'] as string, secret);
    expect(event.id).toBe('evt_1');
    expect(() =>
      new Stripe('sk_test_x').webhooks.constructEvent(body, headers['stripe-signature'] as string, 'whsec_theirs'),
    ).toThrow(/signature/);
  });

  it.each(['x-shopify-hmac-sha256', 'shopify-hmac-sha256'])(
    'is signed again under the name that its sender used: %s',
    (name) => {
      const { headers } = build(
        { payload: 'raw', resignWith: 'ours' },
        { sourceType: 'shopify', signatureHeaders: { [name]: 'old' } },
        shopify,
      );
      const again = shopify.scheme.sign(BODY, { secret: 'ours', now: NOW, headers: { [name]: 'old' } });
      expect(Object.keys(again)).toEqual([name]);
      expect(headers[name]).toBe(again[name]);
      expect(Object.keys(headers).filter((key) => key.endsWith('hmac-sha256'))).toEqual([name]);
    },
  );

  it('carries a bearer token only when the destination has one of its own', () => {
    const header = 'x-telegram-bot-api-secret-token';
    expect(build({ payload: 'raw' }, { sourceType: 'telegram' }, telegram).headers).not.toHaveProperty(header);
    expect(build({ payload: 'raw', resignWith: 'ours' }, { sourceType: 'telegram' }, telegram).headers[header]).toBe(
      'ours',
    );
  });

  it('keeps the original signature when this build no longer knows the source type', () => {
    const unknown = outgoingRequest(
      fakeDelivery({ signatureHeaders: genuine }),
      BODY,
      destination({ payload: 'raw', resignWith: 'x' }),
      undefined,
      NOW,
    );
    expect(unknown.headers).toMatchObject(genuine);
  });

  it('may be signed by Standard Webhooks besides', () => {
    const { headers, body } = build(
      { payload: 'raw', signingSecrets: [signing(NEW_SECRET)] },
      { signatureHeaders: genuine },
    );
    expect(headers).toMatchObject(genuine);
    expect(() => new Webhook(NEW_SECRET).verify(body.toString(), { ...headers })).not.toThrow();
  });

  it('leaves out headers of the connection, even where a source keeps them', () => {
    const kept = {
      host: 'a',
      connection: 'x',
      'content-length': '1',
      'transfer-encoding': 'chunked',
      te: 'x',
      expect: '100-continue',
      'x-kept': '1',
    };
    const { headers } = build({ payload: 'raw' }, { headers: kept });
    expect(Object.keys(headers).filter((name) => name in kept)).toEqual(['x-kept']);
  });

  it.each(['a\r\nx: 1', 'a\nb', 'nul\0', 'ž', 'del\u007f'])(
    'leaves out a value that no header can carry: %j',
    (value) => {
      expect(build({ payload: 'raw' }, { headers: { 'x-kept': value } }).headers).not.toHaveProperty('x-kept');
    },
  );
});

describe('a raw delivery of a Standard Webhooks sender', () => {
  const sender = defineSource({
    type: 'acme',
    docs: 'https://acme.test/webhooks',
    scheme: standardWebhooks(),
    externalId: ({ headers }) => headers['webhook-id'],
    eventType: () => 'thing',
  });
  const genuine = sender.scheme.sign(BODY, { secret: OLD_SECRET, now: NOW, headers: { 'webhook-id': 'msg_1' } });

  it('keeps the id, time and signature of its sender together', () => {
    const { headers, body } = build({ payload: 'raw' }, { sourceType: 'acme', signatureHeaders: genuine }, sender);
    expect(headers).toMatchObject({ ...genuine, 'webhook-id': 'msg_1' });
    expect(() => new Webhook(OLD_SECRET).verify(body.toString(), { ...headers })).not.toThrow();
  });

  it('is signed again under the sender’s id, with a fresh time', () => {
    const stale = { ...genuine, 'webhook-timestamp': '1' };
    const { headers, body } = build(
      { payload: 'raw', resignWith: NEW_SECRET },
      { sourceType: 'acme', signatureHeaders: stale },
      sender,
    );
    expect(headers['webhook-id']).toBe('msg_1');
    expect(() => new Webhook(NEW_SECRET).verify(body.toString(), { ...headers })).not.toThrow();
  });

  it('is the destination’s message where that has signing secrets', () => {
    const { headers, body } = build(
      { payload: 'raw', signingSecrets: [signing(NEW_SECRET)] },
      { sourceType: 'acme', signatureHeaders: genuine },
      sender,
    );
    expect(headers['webhook-id']).toBe(EVENT_ID);
    expect(() => new Webhook(NEW_SECRET).verify(body.toString(), { ...headers })).not.toThrow();
  });
});
