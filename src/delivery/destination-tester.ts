import type { OnApplicationShutdown } from '@nestjs/common';
import type { ClaimedDelivery } from '../queue/claimed-delivery.js';
import type { HttpDestination } from '../routing/topology.js';
import type { HttpSender } from './http/http-sender.js';
import { shownHeaders } from './http/shown-headers.js';
import type { ErrorClass, Outcome } from './outcome.js';
import { SendBudget } from './send-budget.js';
import { settle, type Settlement } from './settle.js';

/** Under way in this process. */
const MOST_AT_ONCE = 10;
/** Of stored bodies in memory; a larger one goes when no other is. */
const BUDGET_BYTES = 16 * 1024 * 1024;
/** The first attempt of all. */
const STANDING = { attempts: 0, roundAttempts: 0, ageMs: 0, isProbe: false };
const INTERRUPTED: Outcome = { kind: 'interrupted', delayMs: 0 };

/** What came of a test, in the words that an attempt would be recorded with. */
export interface TestResult {
  readonly outcome: NonNullable<Settlement['attempt']>;
  readonly statusCode: number | undefined;
  readonly errorClass: ErrorClass | undefined;
  /** From the first byte to the last, of a connection of its own. */
  readonly durationMs: number;
  readonly responseExcerpt: string | undefined;
  /** Without secrets and signatures; `undefined`: the URL's host is not open to deliveries, so no request was made. */
  readonly requestHeaders: Readonly<Record<string, string>> | undefined;
}

/**
 * Tries a destination out: one request as a delivery's would be, whatever its gate says, and nothing of it is written or counted. It
 * has a sender of its own, in every process with the API: no worker needed, and no delivery shares its connections.
 */
export class DestinationTester implements OnApplicationShutdown {
  private readonly budget = new SendBudget(BUDGET_BYTES);
  private underWay = 0;
  private isStopping = false;

  constructor(private readonly sender: HttpSender) {}

  /**
   * Sends once, within the destination's timeout. `readBody` is asked when there is room for the bytes. @returns `busy`: too many are under
   * way; `body-gone`: there was nothing to send. Rejects when `readBody` does.
   */
  async test(
    delivery: ClaimedDelivery,
    readBody: () => Promise<Buffer | undefined>,
    destination: HttpDestination,
  ): Promise<TestResult | 'busy' | 'body-gone'> {
    if (this.underWay >= MOST_AT_ONCE) return 'busy';
    this.underWay += 1;
    const release = await this.budget.take(destination.id, delivery.body.length);
    try {
      const bytes = await readBody();
      return bytes ? await this.send(delivery, bytes, destination) : 'body-gone';
    } finally {
      release();
      this.underWay -= 1;
    }
  }

  /** Ends those under way, as `interrupted`, and starts none any more: their callers get an answer before the process ends. */
  stop(): void {
    this.isStopping = true;
    this.sender.abortAll();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sender.onApplicationShutdown();
  }

  private async send(delivery: ClaimedDelivery, bytes: Buffer, destination: HttpDestination): Promise<TestResult> {
    const startedAt = performance.now();
    let requestHeaders: TestResult['requestHeaders'];
    const outcome = this.isStopping
      ? INTERRUPTED
      : await this.sender.send(delivery, bytes, destination, ({ headers }) => {
          requestHeaders = shownHeaders(headers, delivery, destination);
        });
    const durationMs = Math.round(performance.now() - startedAt);
    const { attempt = 'interrupted', statusCode, errorClass } = settle(outcome, STANDING, destination.policy, 0);
    const responseExcerpt = 'excerpt' in outcome ? outcome.excerpt : undefined;
    return { outcome: attempt, statusCode, errorClass, durationMs, responseExcerpt, requestHeaders };
  }
}
