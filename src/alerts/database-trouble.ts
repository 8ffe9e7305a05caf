import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { newId } from '../database/ids.js';
import { EventLog } from '../telemetry/event-log.js';
import { advanceAlert } from './advance-alert.js';
import type { Alert } from './alert.js';
import { backoffMs } from './backoff.js';
import type { Notifier } from './channels/notifier.js';
import { Notifiers } from './notifiers.js';
import { noticeOf, type Notice } from './notice.js';

/** Shorter than this is a restart of the database. */
const FAILING_FOR_MS = 30_000;
/** Beyond so many that wait for one channel, older ones are left out. */
const MOST_WAITING = 10;

const RULE = { rule: 'database_trouble', section: 'the-database-is-away', clearAfterMs: 0 };

/**
 * The one alert that cannot be kept in the database: that it does not answer. Each process has its own, in memory, and tells of
 * it by its own channels, quiet hours or not.
 */
@Injectable()
export class DatabaseTrouble {
  private failingSince: Date | undefined;
  private alert: Alert | undefined;
  private readonly stopped = new AbortController();
  private readonly waiting = new Map<string, Notice[]>();
  private readonly sending = new Map<string, Promise<void>>();

  constructor(
    private readonly notifiers: Notifiers,
    private readonly events: EventLog,
  ) {}

  /** The database did not answer a look. `now`: this process's clock. */
  failed(error: Error, now = new Date()): void {
    this.failingSince ??= now;
    this.events.log.debug({ error: error.message }, 'alerts not looked at');
    if (now.getTime() - this.failingSince.getTime() < FAILING_FOR_MS) return;
    const host = hostname();
    const observation = {
      subject: host,
      severity: 'critical',
      summary: `The database does not answer ${host}: senders are told 503, nothing is sent. What was accepted is stored.`,
      action: 'GET /health/ready; is PostgreSQL up, its disk not full, its connections not used up?',
      since: this.failingSince,
      count: 1,
    } as const;
    this.move(advanceAlert(this.alert, observation, RULE, now));
  }

  /** The database has answered. */
  isOver(now = new Date()): void {
    this.failingSince = undefined;
    this.move(advanceAlert(this.alert, undefined, RULE, now));
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.sending.values());
  }

  private move(alert: Alert | undefined): void {
    const before = this.alert;
    this.alert = alert;
    if (!alert || alert.status === (before?.status ?? 'resolved')) return;
    const notice = { id: newId(), content: noticeOf(alert) };
    for (const notifier of this.notifiers.all) this.send(notifier, notice);
  }

  private send(notifier: Notifier, notice: Notice): void {
    const { name } = notifier;
    this.waiting.set(name, [...(this.waiting.get(name) ?? []), notice].slice(-MOST_WAITING));
    if (this.sending.has(name)) return;
    this.sending.set(
      name,
      this.sendAll(notifier).finally(() => this.sending.delete(name)),
    );
  }

  private async sendAll(notifier: Notifier): Promise<void> {
    const { signal } = this.stopped;
    for (;;) {
      const [notice, ...rest] = this.waiting.get(notifier.name) ?? [];
      if (!notice) return;
      this.waiting.set(notifier.name, rest);
      for (let attempt = 1; !signal.aborted; attempt += 1) {
        const sent = await notifier.send(notice, signal);
        const waitMs = sent.kind === 'wait' ? sent.ms : sent.kind === 'again' ? backoffMs(attempt) : undefined;
        if (waitMs === undefined) break;
        await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
      if (signal.aborted) return;
    }
  }
}
