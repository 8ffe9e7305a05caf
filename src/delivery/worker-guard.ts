import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import type { Pool } from 'pg';

const FIRST_PROBE_MS = 200;
const LONGEST_PROBE_MS = 5_000;

/**
 * BullMQ waits after a refused connection but repeats at once after any other error of its Postgres backend ("the database is
 * starting up", "too many clients"): thousands a second. So on such an error the worker pauses until the database answers.
 */
export class WorkerGuard {
  private waiting = false;

  constructor(
    private readonly worker: () => Worker,
    private readonly pool: Pool,
  ) {}

  onError(error: Error): void {
    const { code } = error as { code?: string };
    if (this.waiting || code === undefined || code === 'ECONNREFUSED') return;
    this.waiting = true;
    void this.pauseUntilAnswered().finally(() => {
      this.waiting = false;
    });
  }

  private async pauseUntilAnswered(): Promise<void> {
    const worker = this.worker();
    await worker.pause(true).catch(() => undefined);
    for (let waitMs = FIRST_PROBE_MS; !worker.closing; waitMs = Math.min(waitMs * 2, LONGEST_PROBE_MS)) {
      await sleep(waitMs, undefined, { ref: false });
      const answered = await this.pool.query('SELECT 1').then(
        () => true,
        () => false,
      );
      if (!answered) continue;
      await worker.resume();
      return;
    }
  }
}
