import { Controller, Get, Param, Query } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { storedId } from '../../database/ids.js';
import { HttpError } from '../../errors.js';
import {
  DELIVERY_COLUMNS,
  DELIVERY_FROM,
  attemptAnswer,
  deliveryAnswer,
  showAttempt,
  showDelivery,
  type AttemptRow,
  type DeliveryRow,
} from './delivery.view.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { ApiDatabase } from '../api-database.js';
import { deliveryFilterQuery, deliveryList } from '../lists/delivery-list.js';
import { bodyFilter, eventFilterQuery } from '../lists/event-filters.js';
import { inOrder, readList, sortQuery } from '../lists/read-list.js';
import { timeQuery } from '../lists/time-range.js';
import { withSearchLag } from '../search/search-lag.js';
import { pageQuery, readCursor } from '../page.js';
import { named } from '../openapi/answer-fields.js';

const listQuery = z.strictObject({
  ...pageQuery,
  ...timeQuery,
  ...eventFilterQuery,
  ...deliveryFilterQuery,
  body: bodyFilter,
  sort: sortQuery,
});

const fullAnswer = named('DeliveryWithAttempts', deliveryAnswer.extend({ attemptList: z.array(attemptAnswer) }));

/** What goes out. */
@Controller('api/v1/deliveries')
export class DeliveriesController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly database: ApiDatabase,
  ) {}

  /**
   * Newest first, of the last 24 hours unless `from`, `to`, `event` or `externalId` say otherwise; `status` dead, held, pending or claimed:
   * of any age. `status=dead` are the dead letters.
   */
  @Get()
  @Describes({ summary: 'List deliveries', answer: deliveryAnswer })
  async list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
  ): Promise<Envelope<z.output<typeof deliveryAnswer>[]>> {
    const { ids, page } = await readList(
      this.database,
      await deliveryList(this.database.run, query),
      query,
      readCursor(query.cursor),
    );
    const rows = await this.database.run<DeliveryRow>(
      `SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERY_FROM} WHERE t.id = ANY($1::uuid[])`,
      [ids],
    );
    return ok(inOrder(ids, rows).map(showDelivery), await withSearchLag(this.database.run, page, query.body));
  }

  /** One delivery with every attempt. */
  @Get(':id')
  @Describes({ summary: 'Get a delivery with every attempt', answer: fullAnswer })
  async get(@Param('id') id: string): Promise<Envelope<z.output<typeof fullAnswer>>> {
    const stored = storedId('dlv', id);
    const [row] = stored
      ? await this.dataSource.query<DeliveryRow[]>(`SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERY_FROM} WHERE t.id = $1`, [
          stored,
        ])
      : [];
    if (!row) throw new HttpError('DELIVERY_NOT_FOUND', 404, 'There is no such delivery.');
    const attempts = await this.dataSource.query<AttemptRow[]>(
      `SELECT number, started_at, duration_ms, outcome, status_code, error_class, response_excerpt, is_probe
       FROM hookyard.attempt WHERE delivery_id = $1 ORDER BY started_at, number`,
      [row.id],
    );
    return ok({ ...showDelivery(row), attemptList: attempts.map(showAttempt) });
  }
}
