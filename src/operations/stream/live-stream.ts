import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { EventLog } from '../../telemetry/event-log.js';
import { KeyCheck } from '../access/key-check.js';
import { ApiDatabase } from '../api-database.js';
import { BreakerWatch } from './breaker-watch.js';
import { ChangeReader } from './change-reader.js';
import type { StreamClient } from './stream-client.js';
import { positionToken, type StreamPosition } from './stream-position.js';

/** Streams of one process. */
const MOST_STREAMS = 100;
/** Of these, so many may look back at a time: each has queries of its own meanwhile. */
const MOST_LOOKING_BACK = 2;
const EVERY_MS = 500;
/** The database spends at most a sixth of one connection's time on it. */
const REST_PER_WORK = 5;
const BEAT_MS = 15_000;
const ASK_KEYS_MS = 2_000;
/** A look back that took no longer leaves little: the client joins the others. */
const CLOSE_MS = 10_000;

/**
 * Tells everybody who listens what happens, in all processes: one reader for all of them, and none while nobody listens. Who comes back is told
 * first, by a reader of their own, what they missed.
 */
@Injectable()
export class LiveStream {
  private readonly all = new Set<StreamClient>();
  private readonly live = new Set<StreamClient>();
  /** About to be live; those who came back with the reader that told them of the past. */
  private readonly joining = new Map<StreamClient, ChangeReader | undefined>();
  private readonly queue: (() => void)[] = [];
  private lookingBack = 0;
  private running: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly database: ApiDatabase,
    private readonly keys: KeyCheck,
    private readonly events: EventLog,
  ) {}

  /** How many listen. */
  get size(): number {
    return this.all.size;
  }

  /** Whether one more stream may begin here. */
  get hasRoom(): boolean {
    return this.all.size < MOST_STREAMS && !this.stopping.signal.aborted;
  }

  /** Tells `client` what happens from now on; with `from`, first what happened since. Resolves when the client is gone. */
  async add(client: StreamClient, from: StreamPosition | undefined): Promise<void> {
    this.all.add(client);
    client.begin();
    try {
      const reader = from && (await this.lookBack(client, from));
      if (!client.isOver) {
        this.joining.set(client, reader);
        this.running ??= this.run();
      }
    } catch (error) {
      this.warn(error);
      client.end('failed');
    }
    await client.ended;
    this.all.delete(client);
    this.live.delete(client);
    this.joining.delete(client);
  }

  /** Ends every stream, with word of it, and begins no more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const client of this.all) client.end('shutting_down');
    await this.running;
  }

  /** Tells a client what it missed, pass after pass, until the rest is little. @returns the reader, for that rest. */
  private async lookBack(client: StreamClient, from: StreamPosition): Promise<ChangeReader> {
    if (this.lookingBack >= MOST_LOOKING_BACK) await new Promise<void>((resolve) => this.queue.push(resolve));
    this.lookingBack += 1;
    try {
      await client.tellSlowly(await new BreakerWatch(this.database).since(from.at), positionToken(from));
      const reader = new ChangeReader(this.database, from);
      let startedAt: number;
      do {
        startedAt = performance.now();
        await reader.pass((changes, token) => client.tellSlowly(changes, token));
      } while (performance.now() - startedAt > CLOSE_MS && !client.isOver);
      return reader;
    } finally {
      this.lookingBack -= 1;
      this.queue.shift()?.();
    }
  }

  private async run(): Promise<void> {
    const watch = new BreakerWatch(this.database);
    const due = { beat: performance.now() + BEAT_MS, keys: performance.now() + ASK_KEYS_MS };
    let reader: ChangeReader | undefined;
    while (this.all.size > 0 && !this.stopping.signal.aborted) {
      const startedAt = performance.now();
      try {
        reader = await this.round(reader, watch);
        if (startedAt >= due.keys) {
          await this.endRevoked();
          due.keys = performance.now() + ASK_KEYS_MS;
        }
      } catch (error) {
        this.warn(error);
      }
      if (startedAt >= due.beat) {
        for (const client of this.live) client.beat();
        due.beat = performance.now() + BEAT_MS;
      }
      const rest = Math.max(EVERY_MS, (performance.now() - startedAt) * REST_PER_WORK);
      await sleep(rest, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
    this.running = undefined;
  }

  private async round(reader: ChangeReader | undefined, watch: BreakerWatch): Promise<ChangeReader> {
    const shared = reader ?? (await ChangeReader.fromNow(this.database));
    const breakers = await watch.look();
    if (reader) {
      for (const client of this.live) client.tell(breakers, positionToken(reader.position));
      await reader.pass((changes, token) => {
        for (const client of this.live) client.tell(changes, token);
      });
      for (const client of this.live) client.told = new Map();
    }
    for (const [client, own] of this.joining) {
      if (own) {
        await own.pass((changes, token) => client.tell(changes, token));
        client.told = own.recentlyTold;
      } else client.tell([], positionToken(shared.position));
      this.joining.delete(client);
      this.live.add(client);
    }
    return shared;
  }

  private async endRevoked(): Promise<void> {
    for (const key of new Set([...this.all].map((client) => client.key))) {
      if (await this.keys.principal(key)) continue;
      for (const client of this.all) if (client.key === key) client.end('key_ended');
    }
  }

  private warn(error: unknown): void {
    this.events.log.warn({ event: 'stream.failed', error: (error as Error).message }, 'the live stream cannot be read');
  }
}
