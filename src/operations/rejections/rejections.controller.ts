import { Controller, Get, Param, Query } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { storedId } from '../../database/ids.js';
import { HttpError } from '../../errors.js';
import { REJECTION_REASONS } from '../../sources/diagnose.js';
import { ok, type Envelope } from '../envelope.js';
import { pageQuery, readCursor, readPage, searchText } from '../page.js';
import { REJECTION_COLUMNS, REJECTION_FROM, showRejection, type RejectionRow } from './rejection.view.js';

const listQuery = z.strictObject({
  ...pageQuery,
  source: searchText(64),
  reason: z.enum(REJECTION_REASONS).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});

/** Samples of what was refused, and why. */
@Controller('api/v1/rejections')
export class RejectionsController {
  constructor(private readonly dataSource: DataSource) {}

  /** Newest first; `from` is included, `to` is not. */
  @Get()
  async list(@Query({ schema: listQuery }) query: z.output<typeof listQuery>): Promise<Envelope<unknown[]>> {
    const filters: [string, unknown][] = [
      ['s.slug =', query.source],
      ['t.reason =', query.reason],
      ['t.received_at >=', query.from],
      ['t.received_at <', query.to],
    ];
    const given = filters.filter(([, value]) => value !== undefined);
    const { rows, page } = await readPage<RejectionRow>(
      (sql, values) => this.dataSource.query(sql, [...values]),
      {
        columns: REJECTION_COLUMNS,
        from: REJECTION_FROM,
        where: given.map(([condition], index) => `${condition} $${index + 1}`),
        values: given.map(([, value]) => value),
      },
      query.limit,
      readCursor(query.cursor),
    );
    return ok(rows.map(showRejection), page);
  }

  /** One sample. */
  @Get(':id')
  async get(@Param('id') id: string): Promise<Envelope<unknown>> {
    const stored = storedId('rej', id);
    const [row] = stored
      ? await this.dataSource.query<RejectionRow[]>(
          `SELECT ${REJECTION_COLUMNS} FROM ${REJECTION_FROM} WHERE t.id = $1`,
          [stored],
        )
      : [];
    if (!row) throw new HttpError('REJECTION_NOT_FOUND', 404, 'There is no such rejection; it may have expired.');
    return ok(showRejection(row));
  }
}
