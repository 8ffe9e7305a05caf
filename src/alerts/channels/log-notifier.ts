import type { EventLog } from '../../telemetry/event-log.js';
import type { Notice, ToldAlert } from '../notice.js';
import type { Notifier, Sent } from './notifier.js';

/** Notices as lines of the log. */
export class LogNotifier implements Notifier {
  readonly name = 'log';
  readonly isSilent = true;

  constructor(private readonly events: EventLog) {}

  send({ content }: Notice): Promise<Sent> {
    if (content.kind === 'digest') {
      this.events.log.info({ event: 'digest', digest: content.data }, content.title);
    } else {
      for (const alert of content.alerts) this.write(alert);
    }
    return Promise.resolve({ kind: 'sent' });
  }

  private write(alert: ToldAlert): void {
    const { log } = this.events;
    if (alert.status === 'resolved') log.info({ event: 'alert.resolved', ...alert }, alert.summary);
    else if (alert.severity === 'critical') log.error({ event: 'alert.fired', ...alert }, alert.summary);
    else log.warn({ event: 'alert.fired', ...alert }, alert.summary);
  }
}
