import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { EventLog } from '../telemetry/event-log.js';
import { within } from '../within.js';
import type { SourceSecret } from './source-secret.js';
import type { Source } from './topology.js';

const ONCE_PER_MS = 60_000;
/** Several secrets share a write, and the first match shows soon. */
const GATHER_MS = 500;
const STOP_WITHIN_MS = 500;
/** Far above any configuration; past it what is quiet is forgotten, and at worst written once more. */
const MAX_KNOWN = 10_000;

/** Remembers when a secret last matched, to tell when an old one is no longer used. Written beside the requests, rarely. */
@Injectable()
export class SecretUse implements OnModuleDestroy {
  private quietUntil = new Map<string, number>();
  private waiting = new Map<string, { readonly sourceId: number; readonly fingerprint: string }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pools: Pools,
    private readonly events: EventLog,
  ) {}

  /** A request was signed with this secret. Costs a look into a map but once a minute; never throws. */
  matched(source: Source, { fingerprint }: SourceSecret): void {
    const key = `${source.id} ${fingerprint}`;
    const now = performance.now();
    if ((this.quietUntil.get(key) ?? 0) > now) return;
    if (this.quietUntil.size >= MAX_KNOWN) this.quietUntil.clear();
    this.quietUntil.set(key, now + ONCE_PER_MS);
    this.waiting.set(key, { sourceId: source.id, fingerprint });
    this.timer ??= setTimeout(() => void this.flush(), GATHER_MS).unref();
  }

  /** Writes what waits. What cannot be written is tried again with the secret's next match. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const used = [...this.waiting].toSorted(([a], [b]) => (a < b ? -1 : 1));
    this.waiting = new Map();
    if (used.length === 0) return;
    try {
      await this.pools.work.query({
        name: 'note-secret-use',
        // In one order, so that two processes never wait for each other.
        text: `INSERT INTO hookyard.source_secret (source_id, fingerprint, last_matched_at)
               SELECT source_id, fingerprint, statement_timestamp() FROM unnest($1::int[], $2::text[]) AS u(source_id, fingerprint)
               ON CONFLICT (source_id, fingerprint) DO UPDATE SET last_matched_at = excluded.last_matched_at`,
        values: [used.map(([, { sourceId }]) => sourceId), used.map(([, { fingerprint }]) => fingerprint)],
      });
    } catch (error) {
      for (const [key] of used) this.quietUntil.delete(key);
      this.events.log.debug({ error: (error as Error).message }, 'use of secrets not noted');
    }
  }

  async onModuleDestroy(): Promise<void> {
    await within(this.flush(), STOP_WITHIN_MS, () => new Error('late')).catch(() => undefined);
  }
}
