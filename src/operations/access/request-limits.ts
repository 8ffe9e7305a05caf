import { HttpError } from '../../errors.js';
import { type RateLimit, TokenBuckets } from '../../token-buckets.js';

/** Wrong keys that one client may send at once, and how many more each second. */
const GUESSES: RateLimit = { burst: 30, ratePerSecond: 0.5 };
/** Requests of one client, and how many more each second, for what needs no key: pages and the API's document. */
const OPEN: RateLimit = { burst: 100, ratePerSecond: 10 };
/** A burst may be this many seconds' worth. */
const BURST_SECONDS = 5;

/** How often the management API of this process may be asked. Counted in memory, in each process for itself. */
export class RequestLimits {
  private readonly guesses = new TokenBuckets();
  private readonly open = new TokenBuckets();
  private readonly requests = new TokenBuckets();
  private readonly ofKey: RateLimit;

  /** `ratePerSecond`: requests that one key may make, over time. */
  constructor(ratePerSecond: number) {
    this.ofKey = { ratePerSecond, burst: Math.max(1, ratePerSecond * BURST_SECONDS) };
  }

  /** @throws HttpError `RATE_LIMITED` when `client` has sent too many wrong keys; a right one is not looked at either. */
  refuseGuessers(client: string): void {
    refuse(this.guesses.wait(client, GUESSES), 'Too many wrong keys from your address.');
  }

  /** Notes that `client` sent a wrong key. */
  countWrongKey(client: string): void {
    this.guesses.take(client, GUESSES);
  }

  /** @throws HttpError `RATE_LIMITED` when `client` has asked too often for what needs no key. */
  countOpen(client: string): void {
    refuse(this.open.take(client, OPEN), 'Too many requests from your address.');
  }

  /** @throws HttpError `RATE_LIMITED` when the key has made too many requests. */
  countRequest(keyId: string): void {
    refuse(this.requests.take(keyId, this.ofKey), 'Too many requests with this key.');
  }
}

function refuse(waitSeconds: number, message: string): void {
  if (waitSeconds === 0) return;
  throw new HttpError('RATE_LIMITED', 429, message, { 'retry-after': String(Math.ceil(waitSeconds)) });
}
