import { Controller, Get, Param, Query } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { storedId } from '../../database/ids.js';
import { HttpError } from '../../errors.js';
import {
  DELIVERY_COLUMNS,
  DELIVERY_FROM,
  showAttempt,
  showDelivery,
  type AttemptRow,
  type DeliveryRow,
} from './delivery.view.js';
import { ok, type Envelope } from '../envelope.js';
import { pageQuery, readCursor, readPage, searchText } from '../page.js';

const STATUSES = ['pending', 'claimed', 'held', 'delivered', 'dead', 'cancelled', 'superseded'] as const;

const listQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(STATUSES).optional(),
  destination: searchText(64),
});

/** What goes out. */
@Controller('api/v1/deliveries')
export class DeliveriesController {
  constructor(private readonly dataSource: DataSource) {}

  /** Newest first; `status=dead` are the dead letters. */
  @Get()
  async list(@Query({ schema: listQuery }) query: z.output<typeof listQuery>): Promise<Envelope<unknown[]>> {
    const filters: [string, unknown][] = [
      ['t.status =', query.status],
      ['d.name =', query.destination],
    ];
    const given = filters.filter(([, value]) => value !== undefined);
    const { rows, page } = await readPage<DeliveryRow>(
      (sql, values) => this.dataSource.query(sql, [...values]),
      {
        columns: DELIVERY_COLUMNS,
        from: DELIVERY_FROM,
        where: given.map(([condition], index) => `${condition} $${index + 1}`),
        values: given.map(([, value]) => value),
      },
      query.limit,
      readCursor(query.cursor),
    );
    return ok(rows.map(showDelivery), page);
  }

  /** One delivery with every attempt. */
  @Get(':id')
  async get(@Param('id') id: string): Promise<Envelope<unknown>> {
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
