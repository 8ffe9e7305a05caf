import { Pool as HttpPool } from 'undici';
import { builtInSources, findSourceType } from '../src/sources/catalog.js';
import { STRIPE_SECRET } from './router-process.js';

const scheme = findSourceType(builtInSources, 'stripe')?.scheme;

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** One per request. */
  readonly latenciesMs: readonly number[];
  readonly statuses: ReadonlyMap<number, number>;
}

/** Genuinely signed Stripe events, each with its own id, from `connections` senders at once, until `seconds` are over. */
export async function sendSigned(url: string, connections: number, seconds: number): Promise<LoadResult> {
  const target = new URL(url);
  const http = new HttpPool(target.origin, { connections, pipelining: 1 });
  const latenciesMs: number[] = [];
  const statuses = new Map<number, number>();
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1000;
  let next = 0;
  const sender = async (): Promise<void> => {
    while (performance.now() < endAt) {
      const body = eventBody(`evt_${process.pid}_${next++}`);
      const headers = {
        'content-type': 'application/json',
        ...scheme?.sign(body, { secret: STRIPE_SECRET, now: new Date() }),
      };
      const sentAt = performance.now();
      const response = await http.request({ path: target.pathname, method: 'POST', headers, body });
      await response.body.dump();
      latenciesMs.push(performance.now() - sentAt);
      statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: connections }, sender));
  const took = (performance.now() - startedAt) / 1000;
  await http.close();
  return { requests: latenciesMs.length, seconds: took, latenciesMs, statuses };
}

/** About 1 KB, pretty-printed as Stripe sends it. */
function eventBody(id: string): Buffer {
  const object = { id: `in_${id}`, object: 'invoice', amount_due: 4200, currency: 'eur', description: 'x'.repeat(700) };
  const event = {
    id,
    object: 'event',
    api_version: '2026-10-28',
    created: 1_795_000_000,
    livemode: true,
    type: 'invoice.paid',
    data: { object },
  };
  return Buffer.from(JSON.stringify(event, null, 2));
}
