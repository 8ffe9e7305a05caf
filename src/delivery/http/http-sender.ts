import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ClaimedDelivery } from '../../queue/claimed-delivery.js';
import type { HttpDestination, Topology } from '../../routing/topology.js';
import { TopologyStore } from '../../routing/topology.store.js';
import { AddressGuard } from './address-guard.js';
import { secretsIn } from './destination-secrets.js';
import { Dispatchers } from './dispatchers.js';
import { errorClassOf } from './error-class.js';
import { exchange, type Exchange } from './exchange.js';
import type { Outcome } from '../outcome.js';
import { outgoingRequest, type OutgoingRequest } from './outgoing-request.js';
import { responseExcerpt } from './response-excerpt.js';
import { rateInformation } from './rate-information.js';
import { retryAfterMs } from './retry-after.js';

/** Sends deliveries over HTTP. Redirects are never followed. */
@Injectable()
export class HttpSender implements OnApplicationShutdown {
  private readonly dispatchers: Dispatchers;
  /** The picture whose destinations the kept connections are for. */
  private topologySeen: Topology | undefined;
  private readonly underWay = new Set<Exchange>();

  constructor(
    private readonly guard: AddressGuard,
    private readonly topology: TopologyStore,
  ) {
    this.dispatchers = new Dispatchers(guard);
  }

  /**
   * One attempt, within the destination's timeout from first to last byte. Never throws: every ending is an outcome. `onRequest`
   * hears what goes out, unless the URL's host alone forbids it.
   */
  async send(
    delivery: ClaimedDelivery,
    bytes: Buffer,
    destination: HttpDestination,
    onRequest?: (request: OutgoingRequest) => void,
  ): Promise<Outcome> {
    let sending: Exchange | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      this.guard.checkHost(destination.url, destination.allowPrivateNetwork);
      const topology = this.topology.current;
      this.follow(topology);
      const description = topology.sources.get(delivery.source)?.description;
      const request = outgoingRequest(delivery, bytes, destination, description, new Date());
      onRequest?.(request);
      const begun = exchange(this.dispatchers.of(destination), destination.url, request);
      sending = begun;
      this.underWay.add(begun);
      timer = setTimeout(() => begun.abort(TIMED_OUT), destination.policy.timeoutMs);
      const { statusCode, headers, start } = await begun.answer;
      const asked = retryAfterMs(headers['retry-after'], Date.now());
      const quota = rateInformation(headers, Date.now());
      return {
        kind: 'answered',
        statusCode,
        // Who is refused without being told for how long may still have been told when the window ends.
        retryAfterMs: asked ?? (statusCode === 429 ? quota?.resetMs : undefined),
        quota,
        excerpt: excerptOf(start, destination),
      };
    } catch (error) {
      if (error === STOPPED) return { kind: 'interrupted', delayMs: 0 };
      return { kind: 'failed', errorClass: error === TIMED_OUT ? 'TIMEOUT' : errorClassOf(error), excerpt: undefined };
    } finally {
      clearTimeout(timer);
      if (sending) this.underWay.delete(sending);
    }
  }

  /** Ends every send under way; each ends as `interrupted`. */
  abortAll(): void {
    for (const sending of this.underWay) sending.abort(STOPPED);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dispatchers.destroy();
  }

  /** Connections that nobody uses after a change of the configuration are ended. */
  private follow(topology: Topology): void {
    if (topology === this.topologySeen) return;
    this.topologySeen = topology;
    const destinations = [...topology.destinations.values()];
    this.dispatchers.keepOnly(destinations.filter((destination) => destination.kind === 'http'));
  }
}

function excerptOf(bytes: Buffer, destination: HttpDestination): string | undefined {
  return bytes.length === 0 ? undefined : responseExcerpt(bytes, secretsIn(destination));
}

const TIMED_OUT = new Error('the attempt took longer than its timeout');
const STOPPED = new Error('the process is stopping');
