import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { z } from 'zod';
import { storedId } from '../../database/ids.js';
import { Erasures } from '../../erasure/erasures.js';
import { HttpError } from '../../errors.js';
import { NeedsRole } from '../access/role.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { EVENT_COLUMNS, EVENT_FROM, eventAnswer, showEvent, type EventRow } from '../events/event.view.js';

/** Forgets one event. */
@Controller('api/v1/events')
export class EventEraseController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly erasures: Erasures,
  ) {}

  /** For good: its body and what else it holds of a person. Shows what is left. Once more does nothing. */
  @Post(':id/erase')
  @Describes({ summary: 'Erase what an event holds of a person', answer: eventAnswer })
  @NeedsRole('admin')
  @HttpCode(200)
  async erase(@Param('id') id: string): Promise<Envelope<z.output<typeof eventAnswer>>> {
    const stored = storedId('evt', id);
    const before = stored && (await this.find(stored));
    if (!before || !(await this.erasures.eraseEvent(stored))) throw notFound();
    const row = await this.find(stored);
    if (!row) throw notFound();
    noteForAudit({ target: id, before: { erasedAt: before.erased_at }, after: { erasedAt: row.erased_at } });
    return ok(showEvent(row));
  }

  private async find(id: string): Promise<EventRow | undefined> {
    const [row] = await this.dataSource.query<EventRow[]>(
      `SELECT ${EVENT_COLUMNS} FROM ${EVENT_FROM} WHERE t.id = $1`,
      [id],
    );
    return row;
  }
}

function notFound(): HttpError {
  return new HttpError('EVENT_NOT_FOUND', 404, 'There is no such event.');
}
