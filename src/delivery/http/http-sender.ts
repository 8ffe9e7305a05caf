import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, request } from 'undici';
import type { ClaimedDelivery } from '../../queue/claimed-delivery.js';
import type { HttpDestination } from '../../routing/topology.js';
import { TopologyStore } from '../../routing/topology.store.js';
import { AddressGuard } from './address-guard.js';
import { errorClassOf } from './error-class.js';
import type { Outcome } from '../outcome.js';
import { outgoingRequest } from './outgoing-request.js';
import { EXCERPT_BYTES, responseExcerpt } from './response-excerpt.js';
import { retryAfterMs } from './retry-after.js';

/** Read at most this much of an answer; the rest is of no use to us and the connection is dropped instead. */
const MAX_RESPONSE_BYTES = 64 * 1024;
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** Sends deliveries over HTTP. Connections are kept alive; redirects are never followed. */
@Injectable()
export class HttpSender implements OnApplicationShutdown {
  private readonly guarded: Agent;
  private readonly open: Agent;
  private readonly underWay = new Set<AbortController>();

  constructor(
    private readonly guard: AddressGuard,
    private readonly topology: TopologyStore,
  ) {
    this.guarded = this.agent(false);
    this.open = this.agent(true);
  }

  /** One attempt, within the destination's timeout from first to last byte. Never throws: every ending is an outcome. */
  async send(delivery: ClaimedDelivery, bytes: Buffer, destination: HttpDestination): Promise<Outcome> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(TIMED_OUT), destination.policy.timeoutMs);
    this.underWay.add(abort);
    try {
      this.guard.checkLiteral(destination.url, destination.allowPrivateNetwork);
      const description = this.topology.current.sources.get(delivery.source)?.description;
      const { headers, body } = outgoingRequest(delivery, bytes, destination, description, new Date());
      const response = await request(destination.url, {
        method: 'POST',
        headers,
        body,
        signal: abort.signal,
        dispatcher: destination.allowPrivateNetwork ? this.open : this.guarded,
      });
      return {
        kind: 'answered',
        statusCode: response.statusCode,
        retryAfterMs: retryAfterMs(response.headers['retry-after'], Date.now()),
        excerpt: responseExcerpt(await readStart(response.body)),
      };
    } catch (error) {
      if (abort.signal.reason === STOPPED) return { kind: 'interrupted', delayMs: 0 };
      const errorClass = abort.signal.reason === TIMED_OUT ? 'TIMEOUT' : errorClassOf(error);
      return { kind: 'failed', errorClass, excerpt: undefined };
    } finally {
      clearTimeout(timer);
      this.underWay.delete(abort);
    }
  }

  /** Ends every send under way; each ends as `interrupted`. */
  abortAll(): void {
    for (const abort of this.underWay) abort.abort(STOPPED);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.guarded.destroy(), this.open.destroy()]);
  }

  private agent(allowPrivate: boolean): Agent {
    return new Agent({
      connect: { timeout: CONNECT_TIMEOUT_MS, lookup: this.guard.lookup(allowPrivate) },
      // The deadline of the whole attempt is ours, per destination; these are nets below it.
      headersTimeout: 120_000,
      bodyTimeout: 120_000,
      maxHeaderSize: MAX_HEADER_BYTES,
      allowH2: false,
      pipelining: 1,
    });
  }
}

const TIMED_OUT = new Error('the attempt took longer than its timeout');
const STOPPED = new Error('the process is stopping');

/** The status is already known and decides; a body that breaks off, drips or never ends changes nothing. */
async function readStart(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<Buffer> {
  const kept: Buffer[] = [];
  let read = 0;
  try {
    for await (const chunk of body) {
      if (read < EXCERPT_BYTES) kept.push(chunk);
      read += chunk.length;
      if (read > MAX_RESPONSE_BYTES) break;
    }
  } catch {
    // See above.
  }
  return Buffer.concat(kept);
}
