import { setTimeout as sleep } from 'node:timers/promises';
import { Pool as HttpPool } from 'undici';
import { builtInSources, findSourceType } from '../src/sources/catalog.js';
import { STRIPE_SECRET } from './secrets.js';

const scheme = findSourceType(builtInSources, 'stripe')?.scheme;

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** One per request. */
  readonly latenciesMs: readonly number[];
  readonly statuses: ReadonlyMap<number, number>;
}

export interface Load {
  /** Senders at once. */
  readonly connections: number;
  /** Until then; or until `requests` were sent, whichever comes first. */
  readonly seconds: number;
  readonly requests?: number;
  /** Requests a second, begun on time however long answers take; unset: as many as are answered. */
  readonly perSecond?: number;
  /** Of each body; about. Default 1 KB. */
  readonly bodyBytes?: number;
  /** Gives the id of the n-th event; default: all different. */
  readonly idOf?: (n: number) => string;
  /** Gives the type of the n-th event; default: `invoice.paid`. */
  readonly typeOf?: (n: number) => string;
  /** Signs with another secret: a forgery. */
  readonly forged?: boolean;
}

/** Genuinely signed Stripe events, pretty-printed as Stripe sends them, that say when they were sent. */
export async function sendSigned(url: string, load: Load): Promise<LoadResult> {
  const target = new URL(url);
  const http = new HttpPool(target.origin, { connections: load.connections, pipelining: 1 });
  const latenciesMs: number[] = [];
  const statuses = new Map<number, number>();
  const startedAt = performance.now();
  const endAt = startedAt + load.seconds * 1000;
  const most = load.requests ?? Infinity;
  let next = 0;
  const sendOne = async (n: number, dueAt?: number): Promise<void> => {
    const body = eventBody(
      load.idOf?.(n) ?? `evt_${process.pid}_${startedAt}_${n}`,
      load.bodyBytes ?? 1_000,
      load.typeOf?.(n),
    );
    const secret = load.forged ? 'whsec_of_somebody_else' : STRIPE_SECRET;
    const headers = { 'content-type': 'application/json', ...scheme?.sign(body, { secret, now: new Date() }) };
    const sentAt = dueAt ?? performance.now();
    const response = await http.request({ path: target.pathname, method: 'POST', headers, body });
    await response.body.dump();
    latenciesMs.push(performance.now() - sentAt);
    statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1);
  };
  if (load.perSecond === undefined) {
    const sender = async (): Promise<void> => {
      while (performance.now() < endAt && next < most) await sendOne(next++);
    };
    await Promise.all(Array.from({ length: load.connections }, sender));
  } else {
    const gapMs = 1000 / load.perSecond;
    const underWay: Promise<void>[] = [];
    for (let dueAt = startedAt; dueAt < endAt && next < most; dueAt += gapMs) {
      const waitMs = dueAt - performance.now();
      if (waitMs > 1) await sleep(waitMs);
      // Counted from when it was due: a generator that falls behind must not hide what it waited.
      underWay.push(sendOne(next++, Math.max(dueAt, startedAt)));
    }
    await Promise.all(underWay);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await http.close();
  return { requests: latenciesMs.length, seconds, latenciesMs, statuses };
}

function eventBody(id: string, bytes: number, type = 'invoice.paid'): Buffer {
  const description = 'x'.repeat(Math.max(0, bytes - 350));
  const object = { id: `in_${id}`, object: 'invoice', amount_due: 4200, currency: 'eur', description };
  const event = {
    id,
    object: 'event',
    api_version: '2026-10-28',
    created: Math.floor(Date.now() / 1000),
    livemode: true,
    type,
    sent_at_ms: Date.now(),
    data: { object },
  };
  return Buffer.from(JSON.stringify(event, null, 2));
}
