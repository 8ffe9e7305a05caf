import { Injectable } from '@nestjs/common';
import type { ClientBase, QueryConfig } from 'pg';
import { newId } from '../database/ids.js';
import { Pools } from '../database/pools.js';
import type { Notice, NoticeContent } from './notice.js';

/** Beyond so many that wait for one channel, more are not written: nobody would read them. */
const MOST_WAITING = 500;
/** A process that has not said for so long which channels it has is gone. */
const CHANNEL_GONE_AFTER = '10 minutes';
/** How long whoever took a notice has to send it; it goes to another process then. */
const LEASE_MS = 30_000;
const WITHIN_MS = 5_000;

const WRITE = `
  INSERT INTO hookyard.notice (id, channel, content)
  SELECT $1, c.name, $2 FROM hookyard.notice_channel c
  WHERE c.name = $3 AND c.seen_at > clock_timestamp() - interval '${CHANNEL_GONE_AFTER}'
    AND (SELECT count(*) FROM hookyard.notice n WHERE n.channel = c.name AND n.ended_at IS NULL) < ${MOST_WAITING}`;

/** Only ever the oldest of a channel: "it is over" must not overtake "it has come". */
const TAKE = `
  UPDATE hookyard.notice n SET attempts = n.attempts + 1,
    next_attempt_at = clock_timestamp() + interval '${LEASE_MS} ms'
  FROM (SELECT w.id FROM hookyard.notice w WHERE w.channel = $1 AND w.ended_at IS NULL ORDER BY w.id LIMIT 1
        FOR UPDATE SKIP LOCKED) oldest
  JOIN hookyard.notice_channel c ON c.name = $1
  WHERE n.id = oldest.id AND n.next_attempt_at <= clock_timestamp()
    AND (c.not_before IS NULL OR c.not_before <= clock_timestamp())
  RETURNING n.id, n.content, n.attempts`;

/** A notice that this process may send now. */
export interface TakenNotice extends Notice {
  /** This one included. */
  readonly attempts: number;
}

/** Notices on their way: written together with what they tell of, sent by whichever process has their channel. */
@Injectable()
export class NoticeStore {
  constructor(private readonly pools: Pools) {}

  /** Says that this process has these channels. */
  async announce(channels: readonly string[]): Promise<void> {
    await this.run(
      `INSERT INTO hookyard.notice_channel (name, seen_at) SELECT name, clock_timestamp() FROM unnest($1::text[]) AS c(name)
       ORDER BY name ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at`,
      [channels],
    );
  }

  /** Writes a notice for each of these channels that some process has. */
  async write(client: ClientBase, content: NoticeContent, channels: readonly string[]): Promise<void> {
    for (const channel of channels) await client.query(WRITE, [newId(), JSON.stringify(content), channel]);
  }

  /** The oldest that waits for a channel, if it may be sent now; nobody else gets it for half a minute. */
  async take(channel: string): Promise<TakenNotice | undefined> {
    return (await this.run<TakenNotice>(TAKE, [channel]))[0];
  }

  /** It was sent, or it is given up, with the error. */
  async end(id: string, error: string | undefined): Promise<void> {
    await this.run('UPDATE hookyard.notice SET ended_at = clock_timestamp(), last_error = $2 WHERE id = $1', [
      id,
      error ?? null,
    ]);
  }

  /** It is tried again after so long. */
  async postpone(id: string, ms: number, error: string): Promise<void> {
    await this.run(
      `UPDATE hookyard.notice SET next_attempt_at = clock_timestamp() + $2 * interval '1 ms', last_error = $3 WHERE id = $1`,
      [id, ms, error],
    );
  }

  /** Nothing is sent this way for so long, by any process; the notice that was told so has not used an attempt. */
  async wait(channel: string, id: string, ms: number, error: string): Promise<void> {
    await this.run(
      `WITH given_back AS (
         UPDATE hookyard.notice SET attempts = attempts - 1, next_attempt_at = clock_timestamp(), last_error = $4 WHERE id = $2)
       UPDATE hookyard.notice_channel SET not_before = clock_timestamp() + $3 * interval '1 ms' WHERE name = $1`,
      [channel, id, ms, error],
    );
  }

  /** Deletes what was sent or given up a week ago, and what nobody could send for a week; run every hour. */
  async sweep(): Promise<void> {
    await this.run(
      `DELETE FROM hookyard.notice WHERE ended_at < clock_timestamp() - interval '7 days'
         OR (ended_at IS NULL AND created_at < clock_timestamp() - interval '7 days')`,
      [],
    );
  }

  private async run<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    const statement: QueryConfig & { query_timeout: number } = { text, values, query_timeout: WITHIN_MS };
    return (await this.pools.work.query<Row>(statement)).rows;
  }
}
