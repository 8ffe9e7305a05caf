import { setTimeout as sleep } from 'node:timers/promises';
import { Pool as HttpPool, type Dispatcher } from 'undici';
import { builtInSources, findSourceType } from '../src/sources/catalog.js';
import { STRIPE_SECRET } from './secrets.js';

const BODY_BYTES = 1_000;

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
  /** Of each body; about. Default `BODY_BYTES`. */
  readonly bodyBytes?: number;
  /** Gives the id of the n-th event; default: all different. */
  readonly idOf?: (n: number) => string;
  /** Gives the type of the n-th event; default: `invoice.paid`. */
  readonly typeOf?: (n: number) => string;
  /** Signs with another secret: a forgery. */
  readonly forged?: boolean;
}

/** Made before the clock starts; beyond that a request is made when it is sent. A closed loop outruns neither on two cores. */
const MADE_AHEAD_PER_SECOND = 8_000;
const MADE_AHEAD_BYTES = 128 * 1024 * 1024;

interface SignedRequest {
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/**
 * Genuinely signed Stripe events, pretty-printed as Stripe sends them, that say when they were made. What is sent as fast as it is
 * answered is made and signed in advance: the generator shares the processor with what is measured.
 */
export async function sendSigned(url: string, load: Load): Promise<LoadResult> {
  const target = new URL(url);
  const http = new HttpPool(target.origin, { connections: load.connections, pipelining: 1 });
  const latenciesMs: number[] = [];
  const statuses = new Map<number, number>();
  const run = `${process.pid}_${performance.now()}`;
  const most = load.requests ?? Infinity;
  const make = (n: number): SignedRequest => signedRequest(load, load.idOf?.(n) ?? `evt_${run}_${n}`, n);
  const ready = madeAhead(load, make);
  const startedAt = performance.now();
  const endAt = startedAt + load.seconds * 1000;
  let next = 0;
  const sendOne = async (n: number, dueAt?: number): Promise<void> => {
    const request = ready[n] ?? make(n);
    ready[n] = undefined;
    const sentAt = dueAt ?? performance.now();
    const status = await exchange(http, target, request);
    latenciesMs.push(performance.now() - sentAt);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
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

/** Nothing at a steady rate: those say when they were sent, and the time to their arrival is measured. */
function madeAhead(load: Load, make: (n: number) => SignedRequest): (SignedRequest | undefined)[] {
  if (load.perSecond !== undefined) return [];
  const byTime = load.seconds * MADE_AHEAD_PER_SECOND;
  const byBytes = MADE_AHEAD_BYTES / (load.bodyBytes ?? BODY_BYTES);
  return Array.from({ length: Math.floor(Math.min(load.requests ?? Infinity, byTime, byBytes)) }, (_, n) => make(n));
}

function signedRequest({ bodyBytes, typeOf, forged }: Load, id: string, n: number): SignedRequest {
  const body = eventBody(id, bodyBytes ?? BODY_BYTES, typeOf?.(n));
  const secret = forged ? 'whsec_of_somebody_else' : STRIPE_SECRET;
  return { headers: { 'content-type': 'application/json', ...scheme?.sign(body, { secret, now: new Date() }) }, body };
}

/** Gives the status; through undici's own interface for handlers, which costs half as much as its `request`. */
function exchange(http: HttpPool, { origin, pathname }: URL, request: SignedRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: (_, statusCode) => void (status = statusCode),
      onResponseData: () => undefined,
      onResponseEnd: () => resolve(status),
      onResponseError: (_, error) => reject(error),
    };
    http.dispatch({ origin, path: pathname, method: 'POST', ...request }, handler);
  });
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
