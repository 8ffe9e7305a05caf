import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { builtInSources, findSourceType } from '../src/sources/catalog.js';
import type { SourceDescription } from '../src/sources/source.js';
import { signedRequest } from '../src/testing/signed-request.js';

/** A request as its provider would make it. */
export interface Webhook {
  /** Slug of the source that it is sent to. */
  readonly source: string;
  /** Its type in the provider's words, for reading along. */
  readonly what: string;
  /** The id that the router should file it under. */
  readonly externalId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What the router said; `status` 0: nothing, the connection broke. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: { readonly id?: string; readonly status?: string; readonly errors?: readonly { code: string }[] };
}

/** A connection pool of our own: a proxy that the environment names is not for calls on this machine. */
const agent = new Agent({ connections: 32 });

/** Plays the three providers. They sign with the very secrets that the router is configured with. */
export class Senders {
  readonly secrets: Readonly<Record<'stripe' | 'shopify' | 'telegram', string>> = {
    stripe: sourceType('stripe').scheme.exampleSecret(randomUUID()),
    shopify: sourceType('shopify').scheme.exampleSecret(randomUUID()),
    telegram: sourceType('telegram').scheme.exampleSecret(randomUUID()),
  };

  /** A snapshot event, pretty-printed and signed with its time, as Stripe does. */
  stripe(id: string, type: string, object: object): Webhook {
    const created = Math.floor(Date.now() / 1000);
    const event = { id, object: 'event', api_version: '2026-10-28', created, livemode: true, type, data: { object } };
    return this.sign('stripe', type, id, JSON.stringify(event, null, 2));
  }

  /** A classic Shopify webhook: id, topic and shop in headers. The order's number is too large for a JavaScript number. */
  shopify(id: string, topic: string): Webhook {
    const shop = 'hookyard-demo.myshopify.com';
    return this.sign('shopify', topic, `${shop}/${id}`, '{"id":82098291194615450812,"total_price":"199.00"}', {
      'x-shopify-topic': topic,
      'x-shopify-shop-domain': shop,
      'x-shopify-webhook-id': id,
      'x-shopify-api-version': '2026-07',
      'x-shopify-triggered-at': new Date().toISOString(),
    });
  }

  /** A Telegram update; Telegram repeats a token instead of signing. */
  telegram(updateId: number, text: string): Webhook {
    const message = { message_id: 7, date: Math.floor(Date.now() / 1000), chat: { id: 42, type: 'private' }, text };
    return this.sign('telegram', 'message', String(updateId), JSON.stringify({ update_id: updateId, message }));
  }

  private sign(
    source: 'stripe' | 'shopify' | 'telegram',
    what: string,
    externalId: string,
    text: string,
    headers: Record<string, string> = {},
  ): Webhook {
    const body = Buffer.from(text);
    const signed = signedRequest(sourceType(source), { body, secret: this.secrets[source], headers });
    const sent = Object.entries(signed.headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { source, what, externalId, headers: Object.fromEntries(sent), body };
  }
}

/** Posts a webhook to `<router>/webhooks/<source>`. Never rejects: a router that is not there is an answer too. */
export async function post(routerUrl: string, { source, headers, body }: Webhook): Promise<Answer> {
  try {
    const response = await request(`${routerUrl}/webhooks/${source}`, {
      method: 'POST',
      headers,
      body,
      dispatcher: agent,
      headersTimeout: 10_000,
      bodyTimeout: 10_000,
    });
    const text = await response.body.text();
    return { status: response.statusCode, text, json: JSON.parse(text) as Answer['json'] };
  } catch (error) {
    return { status: 0, text: (error as Error).message, json: {} };
  }
}

/** One line about a webhook and what it was answered. */
export function exchange({ source, what, body }: Webhook, { status, text, json }: Answer): string {
  const said = json.errors?.map(({ code }) => code).join() ?? text;
  return `→ ${source.padEnd(8)} ${what}, ${body.length} bytes   ← ${status || 'no answer'} ${said}`;
}

function sourceType(name: string): SourceDescription {
  const found = findSourceType(builtInSources, name);
  if (!found) throw new Error(`there is no source type ${name}`);
  return found;
}
