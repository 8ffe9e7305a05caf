import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { publicId, storedId } from '../../database/ids.js';
import { HttpError } from '../../errors.js';
import {
  DELIVERY_COLUMNS,
  DELIVERY_FROM,
  deliveryAnswer,
  showDelivery,
  type DeliveryRow,
} from '../deliveries/delivery.view.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { EventRoutings, routingAnswer } from './event-routing.js';
import { EVENT_COLUMNS, EVENT_FROM, eventAnswer, showEvent, type EventRow } from './event.view.js';
import { ApiDatabase } from '../api-database.js';
import { bodyFilter, eventFilterQuery } from '../lists/event-filters.js';
import { eventList, suspicionQuery } from '../lists/event-list.js';
import { inOrder, readList, sortQuery } from '../lists/read-list.js';
import { timeQuery } from '../lists/time-range.js';
import { withSearchLag } from '../search/search-lag.js';
import { pageQuery, readCursor } from '../page.js';
import { named } from '../openapi/answer-fields.js';

const listQuery = z.strictObject({
  ...pageQuery,
  ...timeQuery,
  ...eventFilterQuery,
  ...suspicionQuery,
  body: bodyFilter,
  sort: sortQuery,
});

const fullAnswer = named(
  'EventWithDeliveries',
  eventAnswer.extend({ deliveries: z.array(deliveryAnswer), routing: routingAnswer.nullable() }),
);

/** What came in. */
@Controller('api/v1/events')
export class EventsController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly routings: EventRoutings,
    private readonly database: ApiDatabase,
  ) {}

  /** Newest first, of the last 24 hours unless `from`, `to` or `externalId` say otherwise. */
  @Get()
  @Describes({ summary: 'List events', answer: eventAnswer })
  async list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
  ): Promise<Envelope<z.output<typeof eventAnswer>[]>> {
    const { ids, page } = await readList(
      this.database,
      await eventList(this.database.run, query),
      query,
      readCursor(query.cursor),
    );
    const rows = await this.database.run<EventRow>(
      `SELECT ${EVENT_COLUMNS} FROM ${EVENT_FROM} WHERE t.id = ANY($1::uuid[])`,
      [ids],
    );
    return ok(inOrder(ids, rows).map(showEvent), await withSearchLag(this.database.run, page, query.body));
  }

  /** One event with its deliveries, and what each route said of it. */
  @Get(':id')
  @Describes({ summary: 'Get an event with its deliveries, and what each route said of it', answer: fullAnswer })
  async get(@Param('id') id: string): Promise<Envelope<z.output<typeof fullAnswer>>> {
    const row = await this.find(id);
    const deliveries = await this.dataSource.query<DeliveryRow[]>(
      `SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERY_FROM} WHERE t.event_id = $1 ORDER BY t.id`,
      [row.id],
    );
    const routing = (await this.routings.explain(row, deliveries)) ?? null;
    return ok({ ...showEvent(row), deliveries: deliveries.map(showDelivery), routing });
  }

  /** The exact bytes received. Never as what a browser would run: the type is ours, what the sender said is in a header. */
  @Get(':id/raw')
  @Describes({ summary: 'Get the exact bytes that were received', mediaType: 'application/octet-stream' })
  async raw(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const row = await this.find(id);
    const [body] = await this.dataSource.query<{ bytes: Buffer }[]>(
      `SELECT substring(b.bytes FROM e.body_offset + 1 FOR e.body_length) AS bytes
       FROM hookyard.event e JOIN hookyard.body b ON b.day = e.body_day AND b.id = e.body_id WHERE e.id = $1`,
      [row.id],
    );
    if (row.erased_at !== null) {
      throw new HttpError('BODY_GONE', 410, `This event was erased at ${row.erased_at.toISOString()}.`);
    }
    if (!body) throw new HttpError('BODY_GONE', 410, 'The body of this event is no longer stored.');
    reply
      .headers({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${publicId('evt', row.id)}"`,
        'x-content-type-options': 'nosniff',
        'hookyard-body-sha256': row.body_sha256.toString('hex'),
      })
      .send(body.bytes);
  }

  private async find(id: string): Promise<EventRow> {
    const stored = storedId('evt', id);
    const [row] = stored
      ? await this.dataSource.query<EventRow[]>(`SELECT ${EVENT_COLUMNS} FROM ${EVENT_FROM} WHERE t.id = $1`, [stored])
      : [];
    if (!row) throw new HttpError('EVENT_NOT_FOUND', 404, 'There is no such event.');
    return row;
  }
}
