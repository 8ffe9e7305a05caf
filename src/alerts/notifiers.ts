import type { Config } from '../config/config.js';
import type { EventLog } from '../telemetry/event-log.js';
import { LogNotifier } from './channels/log-notifier.js';
import type { Notifier } from './channels/notifier.js';
import { TelegramNotifier } from './channels/telegram-notifier.js';
import { WebhookNotifier } from './channels/webhook-notifier.js';

/** The ways to people that this process has: always the log. */
export class Notifiers {
  readonly all: readonly Notifier[];
  private readonly closing: readonly (TelegramNotifier | WebhookNotifier)[];

  constructor({ alerts, declared, allowedNetworks }: Config, events: EventLog) {
    const { webhook } = declared.alerts;
    this.closing = [
      ...(alerts.telegram ? [new TelegramNotifier(alerts.telegram)] : []),
      ...(webhook ? [new WebhookNotifier(webhook, allowedNetworks)] : []),
    ];
    this.all = [new LogNotifier(events), ...this.closing];
  }

  async close(): Promise<void> {
    await Promise.all(this.closing.map((notifier) => notifier.close()));
  }
}
