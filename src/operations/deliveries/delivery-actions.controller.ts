import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { storedId } from '../../database/ids.js';
import { HttpError } from '../../errors.js';
import type { DeliveryChange } from '../../replay/change-delivery.js';
import { DeliveryChanges } from '../../replay/delivery-changes.js';
import { NeedsRole } from '../access/role.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { DELIVERY_COLUMNS, DELIVERY_FROM, deliveryAnswer, showDelivery, type DeliveryRow } from './delivery.view.js';

/** What an operator does to one delivery. Each answer shows the delivery after it. */
@Controller('api/v1/deliveries')
@NeedsRole('operator')
export class DeliveryActionsController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: DeliveryChanges,
  ) {}

  /** Again, now: same row, same idempotency key, a fresh budget. Two at once make one round. */
  @Post(':id/retry')
  @Describes({ summary: 'Send a delivery again', answer: deliveryAnswer })
  @HttpCode(200)
  retry(@Param('id') id: string): Promise<Envelope<z.output<typeof deliveryAnswer>>> {
    return this.change(id, 'retry');
  }

  /** Not any more. */
  @Post(':id/cancel')
  @Describes({ summary: 'Do not send a delivery any more', answer: deliveryAnswer })
  @HttpCode(200)
  cancel(@Param('id') id: string): Promise<Envelope<z.output<typeof deliveryAnswer>>> {
    return this.change(id, 'cancel');
  }

  /** Lets go what was held; `heldReason` keeps the reason. */
  @Post(':id/release')
  @Describes({ summary: 'Let go a held delivery', answer: deliveryAnswer })
  @HttpCode(200)
  release(@Param('id') id: string): Promise<Envelope<z.output<typeof deliveryAnswer>>> {
    return this.change(id, 'release');
  }

  private async change(id: string, change: DeliveryChange): Promise<Envelope<z.output<typeof deliveryAnswer>>> {
    const stored = storedId('dlv', id);
    const changed = stored ? await this.changes.change(stored, change) : { outcome: 'unknown' as const };
    switch (changed.outcome) {
      case 'unknown':
        throw new HttpError('DELIVERY_NOT_FOUND', 404, 'There is no such delivery.');
      case 'wrong-status':
        throw refused(change, changed.status);
      case 'destination-removed':
        throw new HttpError(
          'DESTINATION_REMOVED',
          409,
          'Its destination was removed; replay the event to another one.',
        );
      case 'body-gone':
        throw new HttpError('BODY_GONE', 410, 'The body of its event is no longer stored.');
      case 'changed': {
        const [row] = await this.dataSource.query<DeliveryRow[]>(
          `SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERY_FROM} WHERE t.id = $1`,
          [stored],
        );
        if (!row) throw new HttpError('DELIVERY_NOT_FOUND', 404, 'There is no such delivery.');
        noteForAudit({ target: id, before: { status: changed.before }, after: { status: row.status } });
        return ok(showDelivery(row));
      }
    }
  }
}

/** Says what the delivery is, and what can be done instead. */
function refused(change: DeliveryChange, status: string): HttpError {
  const instead =
    status === 'claimed'
      ? 'its attempt is under way; ask again when it has ended'
      : status === 'held'
        ? 'release it'
        : status === 'delivered' || status === 'superseded'
          ? 'replay its event'
          : 'it stays as it is';
  switch (change) {
    case 'retry':
      return new HttpError('DELIVERY_NOT_RETRYABLE', 409, `The delivery is ${status}: ${instead}.`);
    case 'cancel':
      return new HttpError('DELIVERY_NOT_CANCELLABLE', 409, `The delivery is ${status}: ${instead}.`);
    case 'release':
      return new HttpError('DELIVERY_NOT_HELD', 409, `The delivery is ${status}, not held.`);
  }
}
