import { request } from 'undici';
import { readServerSentEvents } from '../../src/cli/api/server-sent-events.js';
import { API_KEY } from './router.js';
import { until } from './until.js';

export interface Heard {
  readonly name: string;
  readonly data: Record<string, unknown>;
}

/** Listens to the live stream, as `EventSource` would. */
export class StreamReader {
  readonly heard: Heard[] = [];
  lastId: string | undefined;
  /** The connection has ended, from either side. */
  isOver = false;
  private readonly abort = new AbortController();

  private constructor(
    readonly code: number,
    body: AsyncIterable<Uint8Array>,
  ) {
    void this.read(body);
  }

  /** Resolves when the stream has begun; `query` with its `?`. */
  static async open(
    base: string,
    query = '',
    { lastId, key = API_KEY }: { lastId?: string | undefined; key?: string } = {},
  ): Promise<StreamReader> {
    const { statusCode, body } = await request(`${base}/api/v1/stream${query}`, {
      headers: { authorization: `Bearer ${key}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) },
      bodyTimeout: 0,
    });
    if (statusCode !== 200) throw new Error(`no stream: ${statusCode} ${await body.text()}`);
    const reader = new StreamReader(statusCode, body);
    reader.abort.signal.addEventListener('abort', () => body.destroy());
    await until('a position, from which on all is heard', () => reader.lastId);
    return reader;
  }

  of(name: string): Record<string, unknown>[] {
    return this.heard.filter((one) => one.name === name).map(({ data }) => data);
  }

  close(): void {
    this.abort.abort();
  }

  private async read(body: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const { name, data, id } of readServerSentEvents(body)) {
        if (id !== undefined) this.lastId = id;
        if (data !== undefined) this.heard.push({ name, data: JSON.parse(data) as Record<string, unknown> });
      }
    } catch {
      // Closed, by us or by the router.
    }
    this.isOver = true;
  }
}
