import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { publicId, storedId } from '../../database/ids.js';
import { HttpError } from '../../errors.js';
import { REJECTION_REASONS } from '../../sources/diagnose.js';
import { RefusedRequests } from '../../rejections/refused-requests.js';
import { Reverifier } from '../../rejections/reverifier.js';
import { NeedsRole } from '../access/role.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { answerCount, named } from '../openapi/answer-fields.js';
import { ApiDatabase } from '../api-database.js';
import { rejectionList } from '../lists/other-lists.js';
import { inOrder, readList } from '../lists/read-list.js';
import { timeQuery } from '../lists/time-range.js';
import { pageQuery, readCursor, searchText } from '../page.js';
import {
  REJECTION_COLUMNS,
  REJECTION_FROM,
  rejectionAnswer,
  showRejection,
  type RejectionRow,
} from './rejection.view.js';

const listQuery = z.strictObject({
  ...pageQuery,
  source: searchText(64),
  reason: z.enum(REJECTION_REASONS).optional(),
  ...timeQuery,
});

const reverifiedAnswer = named(
  'ReverifiedRejection',
  z.object({
    status: z.enum(['accepted', 'duplicate']),
    eventId: z.string(),
    accepted: answerCount,
    duplicates: answerCount,
  }),
);

const headersAnswer = z.object({ contentType: z.string().nullable(), headers: z.record(z.string(), z.string()) });

/** Samples of what was refused, and why. */
@Controller('api/v1/rejections')
export class RejectionsController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly database: ApiDatabase,
    private readonly reverifier: Reverifier,
    private readonly requests: RefusedRequests,
  ) {}

  /** Newest first; `from` is included, `to` is not. */
  @Get()
  @Describes({ summary: 'List rejections', answer: rejectionAnswer })
  async list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
  ): Promise<Envelope<z.output<typeof rejectionAnswer>[]>> {
    const { ids, page } = await readList(
      this.database,
      await rejectionList(this.database.run, query),
      query,
      readCursor(query.cursor),
    );
    const rows = await this.database.run<RejectionRow>(
      `SELECT ${REJECTION_COLUMNS} FROM ${REJECTION_FROM} WHERE t.id = ANY($1::uuid[])`,
      [ids],
    );
    return ok(inOrder(ids, rows).map(showRejection), page);
  }

  /** One sample. */
  @Get(':id')
  @Describes({ summary: 'Get a rejection', answer: rejectionAnswer })
  async get(@Param('id') id: string): Promise<Envelope<z.output<typeof rejectionAnswer>>> {
    const stored = storedId('rej', id);
    const [row] = stored
      ? await this.dataSource.query<RejectionRow[]>(
          `SELECT ${REJECTION_COLUMNS} FROM ${REJECTION_FROM} WHERE t.id = $1`,
          [stored],
        )
      : [];
    if (!row) throw notFound();
    return ok(showRejection(row));
  }

  /**
   * What was kept of the bytes that came; `hookyard-body-cut` says whether that is not all. They are anybody's, and may be genuine all the same:
   * not for viewers, and never as what a browser would run.
   */
  @Get(':id/raw')
  @NeedsRole('operator')
  @Describes({ summary: 'Get the bytes of a refused request', mediaType: 'application/octet-stream' })
  async raw(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const { data: rejection } = await this.get(id);
    const { body } = await this.requests.open(storedId('rej', id) as string);
    reply
      .headers({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${rejection.id}"`,
        'x-content-type-options': 'nosniff',
        'hookyard-body-cut': String(rejection.bodyCut),
      })
      .send(body);
  }

  /** Its headers but for signatures and secrets, as an event of this source would have kept them. */
  @Get(':id/headers')
  @NeedsRole('operator')
  @Describes({ summary: 'Get the headers of a refused request, without signatures and secrets', answer: headersAnswer })
  async headers(@Param('id') id: string): Promise<Envelope<z.output<typeof headersAnswer>>> {
    const stored = storedId('rej', id);
    if (!stored) throw notFound();
    const { contentType, headers } = await this.requests.open(stored);
    return ok({ contentType, headers });
  }

  /** After a secret was corrected: verified again as at its receipt, then stored and delivered like any other. */
  @Post(':id/reverify')
  @Describes({ summary: 'Verify a rejection again, and store it if it passes', answer: reverifiedAnswer })
  @HttpCode(200)
  @NeedsRole('operator')
  async reverify(@Param('id') id: string): Promise<Envelope<z.output<typeof reverifiedAnswer>>> {
    const stored = storedId('rej', id);
    if (!stored) throw notFound();
    const { eventId, accepted, duplicates } = await this.reverifier.reverify(stored);
    const result = {
      status: accepted > 0 ? ('accepted' as const) : ('duplicate' as const),
      eventId: publicId('evt', eventId),
    };
    // What is in already is a duplicate of what it became then.
    const before = { status: 'rejected', eventId: accepted > 0 ? null : result.eventId };
    noteForAudit({ target: id, before, after: result });
    return ok({ ...result, accepted, duplicates });
  }
}

function notFound(): HttpError {
  return new HttpError('REJECTION_NOT_FOUND', 404, 'There is no such rejection; it may have expired.');
}
