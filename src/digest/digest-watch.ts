import { Injectable } from '@nestjs/common';
import { ActivityStore } from '../activity/activity.store.js';
import { readBriefly } from '../alerts/facts/read-briefly.js';
import { NoticeSender } from '../alerts/notice-sender.js';
import { NoticeStore } from '../alerts/notice.store.js';
import { addDays } from '../alerts/zone-time.js';
import type { DigestSettings } from '../config/config.js';
import { Pools } from '../database/pools.js';
import { inTransaction } from '../database/transaction.js';
import { EventLog } from '../telemetry/event-log.js';
import { daysDue, spanOf } from './days-due.js';
import { digestContent, type DigestFacts, type MonitorDay } from './digest-content.js';

const LOOK_EVERY_MS = 60_000;
const COMPARED_DAYS = 7;
const CHANNELS = ['log', 'telegram', 'webhook'];

/** Makes the digest of each day once in the whole cluster: whoever writes its row writes its notices with it. */
@Injectable()
export class DigestWatch {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(
    private readonly settings: DigestSettings | undefined,
    private readonly pools: Pools,
    private readonly activity: ActivityStore,
    private readonly notices: NoticeStore,
    private readonly sender: NoticeSender,
    private readonly events: EventLog,
  ) {}

  start(): void {
    if (this.settings) this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** Makes what is due. One look at a time; never rejects: what could not be made is due still. `now`: instead of the database's clock. */
  async look(now?: Date): Promise<void> {
    const { settings } = this;
    if (!settings) return;
    this.looking ??= this.makeDue(settings, now)
      .catch((error: Error) =>
        this.events.log.warn({ event: 'digest.failed', error: error.message }, 'the digest is tried again in a minute'),
      )
      .finally(() => (this.looking = undefined));
    await this.looking;
  }

  private async makeDue(settings: DigestSettings, at: Date | undefined): Promise<void> {
    const [row] = await readBriefly<{ now: Date; lastDay: string | null; begun: boolean }>(
      this.pools.work,
      `SELECT clock_timestamp() AS now, (SELECT max(day)::text FROM hookyard.digest) AS "lastDay",
         EXISTS (SELECT FROM hookyard.activity WHERE bucket < date_trunc('day', clock_timestamp())) AS begun`,
    );
    // On its first day an installation has no yesterday.
    if (!row || (row.lastDay === null && !row.begun)) return;
    for (const day of daysDue(at ?? row.now, settings, row.lastDay ?? undefined)) await this.make(day, settings);
  }

  private async make(day: string, { timeZone }: DigestSettings): Promise<void> {
    const content = digestContent(day, await this.facts(day, timeZone));
    await inTransaction(this.pools.work, async (client) => {
      const { rowCount } = await client.query('INSERT INTO hookyard.digest (day) VALUES ($1) ON CONFLICT DO NOTHING', [
        day,
      ]);
      if (rowCount === 1) for (const channel of CHANNELS) await this.notices.write(client, content, [channel]);
    });
    this.sender.wake();
  }

  private async facts(day: string, timeZone: string): Promise<DigestFacts> {
    const days = Array.from({ length: COMPARED_DAYS + 1 }, (_, back) => spanOf(addDays(day, -back), timeZone));
    const sums = await this.activity.sums(days);
    const alerts = await readBriefly<{ summary: string }>(
      this.pools.work,
      `SELECT summary FROM hookyard.alert WHERE status = 'active' ORDER BY severity, since LIMIT 50`,
    );
    const [lost] = await readBriefly<{ count: number }>(
      this.pools.work,
      `SELECT count(*)::int AS count FROM hookyard.notice
       WHERE last_error IS NOT NULL AND ended_at >= $1 AND ended_at < $2 AND channel <> 'log'`,
      [days[0]?.from, days[0]?.to],
    );
    const [monitor] = await readBriefly<MonitorDay>(
      this.pools.work,
      `SELECT count(*) FILTER (WHERE outcome = 'passed')::int AS passed, count(*) FILTER (WHERE outcome = 'failed')::int AS failed,
         ceil(percentile_cont(0.95) WITHIN GROUP (ORDER BY handled_ms) FILTER (WHERE outcome = 'passed')) AS "p95Ms"
       FROM hookyard.monitor_run WHERE sent_at >= $1 AND sent_at < $2 AND outcome IS NOT NULL HAVING count(*) > 0`,
      [days[0]?.from, days[0]?.to],
    );
    return { monitor, sums, activeAlerts: alerts.map(({ summary }) => summary), lostNotices: lost?.count ?? 0 };
  }
}
