import { request } from 'undici';
import { builtInSources, findSourceType } from '../../src/sources/catalog.js';
import type { SourceDescription } from '../../src/sources/source.js';
import { signedRequest } from '../../src/testing/signed-request.js';

/** A built-in source type, as the catalogue has it. */
function sourceType(name: string): SourceDescription {
  const description = findSourceType(builtInSources, name);
  if (!description) throw new Error(`the catalogue has no ${name}`);
  return description;
}

export const STRIPE_SECRET = 'whsec_stripe_test_secret';
export const SHOPIFY_SECRET = 'shpss_shopify_test_secret';
export const TELEGRAM_SECRET = 'telegram-test-token_1';

/** What goes over the wire. */
export interface Webhook {
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  /** The parsed body, `undefined` when it is not JSON. */
  readonly json: { id?: string; status?: string; errors?: { code: string; message: string }[] } | undefined;
}

function signed(
  description: SourceDescription,
  secret: string,
  body: Buffer,
  headers: Record<string, string>,
  now: Date,
): Webhook {
  return {
    headers: { 'content-type': 'application/json', ...headers, ...description.scheme.sign(body, { secret, now }) },
    body,
  };
}

/** A genuine Stripe snapshot event, pretty-printed as Stripe sends it. */
export function stripeWebhook(
  id: string,
  type = 'invoice.paid',
  options: { now?: Date; secret?: string; data?: object } = {},
): Webhook {
  const object = { id: `in_${id}`, object: 'invoice', ...options.data };
  const event = {
    id,
    object: 'event',
    api_version: '2026-10-28',
    created: 1_795_000_000,
    livemode: true,
    type,
    data: { object },
  };
  return rawStripeWebhook(Buffer.from(JSON.stringify(event, null, 2)), options);
}

/** Any bytes, signed as Stripe signs. */
export function rawStripeWebhook(body: Buffer, options: { now?: Date; secret?: string } = {}): Webhook {
  return signed(sourceType('stripe'), options.secret ?? STRIPE_SECRET, body, {}, options.now ?? new Date());
}

/** A genuine classic Shopify webhook. `payload`: an object, or the JSON text itself. */
export function shopifyWebhook(
  webhookId: string,
  topic = 'orders/create',
  payload: object | string = { id: 820_982_911 },
): Webhook {
  return signed(
    sourceType('shopify'),
    SHOPIFY_SECRET,
    Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)),
    {
      'x-shopify-topic': topic,
      'x-shopify-shop-domain': 'example.myshopify.com',
      'x-shopify-webhook-id': webhookId,
      'x-shopify-api-version': '2026-07',
      'x-shopify-triggered-at': '2026-11-02T10:00:00.000Z',
    },
    new Date(),
  );
}

/** A genuine Telegram update. */
export function telegramWebhook(updateId: number, text = 'hello'): Webhook {
  const message = { message_id: 1, date: 1_795_000_000, chat: { id: 42, type: 'private' }, text };
  return signed(
    sourceType('telegram'),
    TELEGRAM_SECRET,
    Buffer.from(JSON.stringify({ update_id: updateId, message })),
    {},
    new Date(),
  );
}

/** Posts a webhook to a router and reads the answer. */
export async function send(url: string, webhook: Webhook): Promise<Answer> {
  const response = await request(url, { method: 'POST', headers: webhook.headers, body: webhook.body });
  const text = await response.body.text();
  return { status: response.statusCode, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): Answer['json'] {
  try {
    return JSON.parse(text) as Answer['json'];
  } catch {
    return undefined;
  }
}

/** The secret that `webhookOf` signs for, as `secrets` of a source takes it. */
export function exampleSecret(type: string): string {
  return sourceType(type).scheme.exampleSecret(type);
}

/** A genuine request of any built-in type, signed for its `exampleSecret`, sent to `url` as its sender knows it. */
export function webhookOf(
  type: string,
  body: Buffer | string,
  headers: Record<string, string> = {},
  url = '',
): Webhook {
  const signed = signedRequest(sourceType(type), { body, headers, ...(url !== '' && { url }) });
  const sent = Object.entries(signed.headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { headers: Object.fromEntries(sent), body: signed.body };
}
