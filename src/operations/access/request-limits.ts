import { HttpError } from '../../errors.js';
import { TokenBuckets } from './token-buckets.js';

/** Wrong keys that one client may send at once, and how many more each second. */
const GUESSES = { atOnce: 30, perSecond: 0.5 };
/** Requests of one client, and how many more each second, for what needs no key: pages and the API's document. */
const OPEN = { atOnce: 100, perSecond: 10 };
/** A burst may be this many seconds' worth. */
const BURST_SECONDS = 5;

/** How often the management API of this process may be asked. Counted in memory, in each process for itself. */
export class RequestLimits {
  private readonly guesses = new TokenBuckets(GUESSES.atOnce, GUESSES.perSecond);
  private readonly open = new TokenBuckets(OPEN.atOnce, OPEN.perSecond);
  private readonly requests: TokenBuckets;

  /** `perSecond`: requests that one key may make, over time. */
  constructor(perSecond: number) {
    this.requests = new TokenBuckets(Math.max(1, perSecond * BURST_SECONDS), perSecond);
  }

  /** @throws HttpError `RATE_LIMITED` when `client` has sent too many wrong keys; a right one is not looked at either. */
  refuseGuessers(client: string): void {
    refuse(this.guesses.wait(client), 'Too many wrong keys from your address.');
  }

  /** Notes that `client` sent a wrong key. */
  countWrongKey(client: string): void {
    this.guesses.take(client);
  }

  /** @throws HttpError `RATE_LIMITED` when `client` has asked too often for what needs no key. */
  countOpen(client: string): void {
    refuse(this.open.take(client), 'Too many requests from your address.');
  }

  /** @throws HttpError `RATE_LIMITED` when the key has made too many requests. */
  countRequest(keyId: string): void {
    refuse(this.requests.take(keyId), 'Too many requests with this key.');
  }
}

function refuse(waitSeconds: number, message: string): void {
  if (waitSeconds === 0) return;
  throw new HttpError('RATE_LIMITED', 429, message, { 'retry-after': String(Math.ceil(waitSeconds)) });
}
