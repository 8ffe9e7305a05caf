import { Injectable } from '@nestjs/common';
import { MONITOR_NAME } from '../config/monitor-schema.js';
import { storedId } from '../database/ids.js';
import { WebhookHandler, type WebhookContext, type WebhookEvent } from '../delivery/handlers/webhook-handler.js';

/** The end of the monitor's way: notes in the delivery's own transaction that its webhook has come. */
@Injectable()
export class MonitorHandler {
  /** Late ones too: what waited for a worker is handled when there is one, and changes no judgement. */
  @WebhookHandler({
    name: MONITOR_NAME,
    source: MONITOR_NAME,
    timeout: '10s',
    retry: { schedule: ['1s', '2s', '4s', '8s', '16s'] },
    breaker: { failures: 1_000 },
  })
  async handle(event: WebhookEvent, { manager }: WebhookContext): Promise<void> {
    await manager.query(
      `UPDATE hookyard.monitor_run SET handled_at = clock_timestamp(), event_id = $2,
         handled_ms = greatest(0, extract(epoch FROM clock_timestamp() - $3::timestamptz) * 1000)
       WHERE id = $1 AND handled_at IS NULL`,
      [storedId('mon', event.externalId), storedId('evt', event.id), event.receivedAt],
    );
  }
}
