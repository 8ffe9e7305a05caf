import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { request } from 'undici';
import type { ClaimedDelivery } from '../../queue/claimed-delivery.js';
import type { HttpDestination, Topology } from '../../routing/topology.js';
import { TopologyStore } from '../../routing/topology.store.js';
import { AddressGuard } from './address-guard.js';
import { secretsIn } from './destination-secrets.js';
import { Dispatchers } from './dispatchers.js';
import { errorClassOf } from './error-class.js';
import type { Outcome } from '../outcome.js';
import { outgoingRequest } from './outgoing-request.js';
import { EXCERPT_LOOK_BYTES, responseExcerpt } from './response-excerpt.js';
import { rateInformation } from './rate-information.js';
import { retryAfterMs } from './retry-after.js';

/** Read at most this much of an answer; the rest is of no use to us and the connection is dropped instead. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/** Sends deliveries over HTTP. Redirects are never followed. */
@Injectable()
export class HttpSender implements OnApplicationShutdown {
  private readonly dispatchers: Dispatchers;
  /** The picture whose destinations the kept connections are for. */
  private topologySeen: Topology | undefined;
  private readonly underWay = new Set<AbortController>();

  constructor(
    private readonly guard: AddressGuard,
    private readonly topology: TopologyStore,
  ) {
    this.dispatchers = new Dispatchers(guard);
  }

  /** One attempt, within the destination's timeout from first to last byte. Never throws: every ending is an outcome. */
  async send(delivery: ClaimedDelivery, bytes: Buffer, destination: HttpDestination): Promise<Outcome> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(TIMED_OUT), destination.policy.timeoutMs);
    this.underWay.add(abort);
    try {
      this.guard.checkHost(destination.url, destination.allowPrivateNetwork);
      const topology = this.topology.current;
      this.follow(topology);
      const description = topology.sources.get(delivery.source)?.description;
      const { headers, body } = outgoingRequest(delivery, bytes, destination, description, new Date());
      const response = await request(destination.url, {
        method: 'POST',
        headers,
        body,
        signal: abort.signal,
        dispatcher: this.dispatchers.of(destination),
      });
      const asked = retryAfterMs(response.headers['retry-after'], Date.now());
      const quota = rateInformation(response.headers, Date.now());
      return {
        kind: 'answered',
        statusCode: response.statusCode,
        // Who is refused without being told for how long may still have been told when the window ends.
        retryAfterMs: asked ?? (response.statusCode === 429 ? quota?.resetMs : undefined),
        quota,
        excerpt: excerptOf(await readStart(response.body), destination),
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

/** The status is already known and decides; a body that breaks off, drips or never ends changes nothing. */
async function readStart(body: AsyncIterable<Buffer> & { destroy(): unknown }): Promise<Buffer> {
  const kept: Buffer[] = [];
  let read = 0;
  try {
    for await (const chunk of body) {
      if (read < EXCERPT_LOOK_BYTES) kept.push(chunk);
      read += chunk.length;
      if (read > MAX_RESPONSE_BYTES) break;
    }
  } catch {
    // See above.
  }
  return Buffer.concat(kept);
}
