import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { RetentionPolicy } from '../config/config.js';
import { Pools } from '../database/pools.js';
import { EventLog } from '../telemetry/event-log.js';
import { forgetEvents } from './forget-events.js';
import { dropOldDays } from './old-days.js';
import { clearSearch } from './search-days.js';

/** Any constant will do, as long as only this code uses it. */
const LOCK = 4_180_713_004n;

/** Forgets what is older than `retention` in hookyard.yaml says. */
@Injectable()
export class Retention implements OnModuleDestroy {
  private readonly stopped = new AbortController();

  constructor(
    private readonly policy: RetentionPolicy,
    private readonly pools: Pools,
    private readonly events: EventLog,
  ) {}

  onModuleDestroy(): void {
    this.stopped.abort();
  }

  /** Once through all of it; run every hour. Of several processes one does it, the others find it being done. */
  async sweep(): Promise<void> {
    const client = await this.pools.dedicated('retention');
    // Unheard, a server that restarts now would end the process.
    client.on('error', () => undefined);
    const end = (): void => void client.end().catch(() => undefined);
    this.stopped.signal.addEventListener('abort', end, { once: true });
    try {
      const { rows } = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_lock($1) AS ours', [LOCK]);
      if (!rows[0]?.ours) return;
      const startedAt = performance.now();
      const days = await dropOldDays(client, this.policy);
      const forgotten = await forgetEvents(client, this.policy, this.stopped.signal);
      const search = await clearSearch(client, this.policy);
      const dropped = days.dropped + search.dropped;
      const busy = days.busy + search.busy;
      if (dropped + busy + forgotten === 0) return;
      const durationMs = Math.round(performance.now() - startedAt);
      this.events.log.info(
        { event: 'retention.swept', ...days, dropped, busy, forgotten, durationMs },
        'old days and events dropped',
      );
    } catch (error) {
      // The end of the process cut it short; the next one goes on.
      if (!this.stopped.signal.aborted) throw error;
    } finally {
      this.stopped.signal.removeEventListener('abort', end);
      await client.end().catch(() => undefined);
    }
  }
}
