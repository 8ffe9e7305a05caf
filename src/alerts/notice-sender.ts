import { Injectable } from '@nestjs/common';
import { publicId } from '../database/ids.js';
import { EventLog } from '../telemetry/event-log.js';
import { backoffMs } from './backoff.js';
import type { Notifier, Sent } from './channels/notifier.js';
import { Notifiers } from './notifiers.js';
import { NoticeStore, type TakenNotice } from './notice.store.js';

/** How soon a notice goes out that another process wrote, or whose wait is over. */
const LOOK_EVERY_MS = 5_000;

/** Sends what waits, one notice at a time per channel: a channel that hangs delays nothing but itself. */
@Injectable()
export class NoticeSender {
  private timer: NodeJS.Timeout | undefined;
  private readonly stopped = new AbortController();
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly notifiers: Notifiers,
    private readonly notices: NoticeStore,
    private readonly events: EventLog,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.wake(), LOOK_EVERY_MS).unref();
  }

  /** Ends what is being sent; its notices are sent by another process, or after the next start. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopped.abort();
    await Promise.all(this.underWay.values());
    await this.notifiers.close();
  }

  /** Something may have to be sent. Resolves never later than it returns: nobody waits for a channel. */
  wake(): void {
    for (const notifier of this.notifiers.all) {
      if (this.underWay.has(notifier.name) || this.stopped.signal.aborted) continue;
      const sending = this.sendAll(notifier).finally(() => this.underWay.delete(notifier.name));
      this.underWay.set(notifier.name, sending);
    }
  }

  private async sendAll(notifier: Notifier): Promise<void> {
    try {
      while (!this.stopped.signal.aborted) {
        const notice = await this.notices.take(notifier.name);
        if (!notice || !(await this.sendOne(notifier, notice))) return;
      }
    } catch (error) {
      // The database is away, most likely; the next look tries again.
      this.events.log.debug({ error: (error as Error).message }, 'notices wait');
    }
  }

  /** Gives whether the next one may follow at once. */
  private async sendOne(notifier: Notifier, notice: TakenNotice): Promise<boolean> {
    const startedAt = performance.now();
    const sent = await notifier.send(notice, this.stopped.signal);
    // Given back without an attempt, by its lease.
    if (this.stopped.signal.aborted && sent.kind !== 'sent') return false;
    this.write(notifier, notice, sent, Math.round(performance.now() - startedAt));
    switch (sent.kind) {
      case 'sent':
        await this.notices.end(notice.id, undefined);
        return true;
      case 'wait':
        await this.notices.wait(notifier.name, notice.id, sent.ms, sent.error);
        return false;
      case 'refused':
        await this.notices.end(notice.id, sent.error);
        return true;
      case 'again': {
        const waitMs = backoffMs(notice.attempts);
        if (waitMs === undefined) await this.notices.end(notice.id, sent.error);
        else await this.notices.postpone(notice.id, waitMs, sent.error);
        return waitMs === undefined;
      }
    }
  }

  private write({ name, isSilent }: Notifier, { id, content, attempts }: TakenNotice, sent: Sent, ms: number): void {
    if (isSilent) return;
    const fields = { noticeId: publicId('ntc', id), channel: name, kind: content.kind, attempts, durationMs: ms };
    if (sent.kind === 'sent') this.events.log.info({ event: 'notice.sent', ...fields }, 'notice sent');
    else
      this.events.log.warn(
        { event: 'notice.unsent', ...fields, outcome: sent.kind, error: sent.error },
        'notice not sent',
      );
  }
}
