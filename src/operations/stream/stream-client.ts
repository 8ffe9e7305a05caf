import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Change } from './change.js';
import { takes, type StreamQuery } from './stream-query.js';

/** What may wait for a client that reads slowly, in bytes. */
const MOST_WAITING = 1024 * 1024;
/** A client that is told of the past sets the pace, but must take something within this. */
const DRAINS_WITHIN_MS = 30_000;
/** A connection that was said goodbye to is gone by then. */
const GONE_WITHIN_MS = 2_000;

/** Why a stream is ended from our side; the client comes back with `Last-Event-ID`. */
export type EndReason = 'slow_client' | 'shutting_down' | 'key_ended' | 'failed';

/** One connection that is written server-sent events to (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export class StreamClient {
  /** What this client was told by a reader of its own and the shared one may tell again. */
  told: ReadonlyMap<string, bigint> = new Map();
  /** Resolves when the connection is gone. */
  readonly ended: Promise<void>;
  private over = false;
  private token: string | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly query: StreamQuery,
    /** The API key it came with: looked at again while the stream lasts. */
    readonly key: string,
  ) {
    response.on('error', () => (this.over = true));
    this.ended = new Promise((resolve) =>
      response.on('close', () => {
        this.over = true;
        resolve();
      }),
    );
  }

  /** The connection has ended, whoever ended it. */
  get isOver(): boolean {
    return this.over;
  }

  /** Sends the head, at once: whoever waits for events knows that it is heard. */
  begin(): void {
    this.response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // nginx would keep it until its buffer is full.
      'x-accel-buffering': 'no',
    });
    this.write('retry: 2000\n\n');
  }

  /** Tells what the filters take, then where the stream is. Cuts the client off when too much waits for it. */
  tell(changes: readonly Change[], token: string): void {
    let text = '';
    for (const change of changes) {
      if (takes(this.query, change) && !this.told.has(change.key)) {
        text += `event: ${change.kind}\ndata: ${change.json}\n\n`;
      }
    }
    // After what it stands for: who is cut off in between gets it again.
    if (text !== '' || token !== this.token) text += `id: ${token}\n\n`;
    this.token = token;
    this.write(text);
    if (this.response.writableLength > MOST_WAITING) this.end('slow_client');
  }

  /** The same, and waits until the client has taken it. */
  async tellSlowly(changes: readonly Change[], token: string): Promise<void> {
    // Piece by piece: a day may be more than the buffer.
    for (let start = 0; start < changes.length; start += 100) {
      let text = '';
      for (const change of changes.slice(start, start + 100)) {
        if (takes(this.query, change)) text += `event: ${change.kind}\ndata: ${change.json}\n\n`;
      }
      this.write(text);
      if (!this.over && this.response.writableNeedDrain) await this.drained();
      if (this.over) return;
    }
    this.token = token;
    this.write(`id: ${token}\n\n`);
  }

  /** A comment, so that neither side nor a proxy takes the connection for dead. */
  beat(): void {
    this.write(': still here\n\n');
  }

  /** Says why, and ends. */
  end(reason: EndReason): void {
    if (this.over) return;
    this.write(`event: end\ndata: ${JSON.stringify({ reason })}\n\n`);
    this.over = true;
    this.response.end();
    // Who does not read does not see the end either.
    setTimeout(() => this.response.destroy(), GONE_WITHIN_MS).unref();
  }

  private write(text: string): void {
    if (!this.over && text !== '') this.response.write(text);
  }

  private async drained(): Promise<void> {
    try {
      await once(this.response, 'drain', { signal: AbortSignal.timeout(DRAINS_WITHIN_MS) });
    } catch {
      this.end('slow_client');
    }
  }
}
