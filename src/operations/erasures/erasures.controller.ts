import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { publicId, storedId } from '../../database/ids.js';
import { ERASURE_COLUMNS, type ErasureRequest, type ErasureRow } from '../../erasure/erasure.js';
import { Erasures } from '../../erasure/erasures.js';
import { HttpError } from '../../errors.js';
import { NeedsRole } from '../access/role.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { answerCount } from '../openapi/answer-fields.js';
import { Describes } from '../openapi/describes.js';
import { ApiDatabase } from '../api-database.js';
import { statusList } from '../lists/other-lists.js';
import { inOrder, readList } from '../lists/read-list.js';
import { pageQuery, readCursor } from '../page.js';
import { ERASURE_FROM, erasureAnswer, showErasure, SOURCE_SLUGS } from './erasure.view.js';

/** Tenants or subjects that one erasure takes. */
const MOST_NAMES = 1_000;
const COLUMNS = `${ERASURE_COLUMNS}, ${SOURCE_SLUGS}`;
type Row = ErasureRow & { sources: string[] | null };
const listQuery = z.strictObject({ ...pageQuery, status: z.enum(['running', 'finished']).optional() });

const text = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[^\0]*$/, 'holds a NUL character');
const oneOrMore = z.union([text(512).transform((one) => [one]), z.array(text(512)).min(1).max(MOST_NAMES)]).optional();

const eraseBody = z
  .strictObject({
    tenant: oneOrMore,
    subject: oneOrMore,
    source: text(64).optional(),
    dryRun: z.boolean().default(false),
  })
  .refine(({ tenant, subject }) => (tenant === undefined) !== (subject === undefined), {
    message: 'give tenant or subject, and not both',
  });

const createdAnswer = z.union([
  erasureAnswer,
  z.object({ dryRun: z.literal(true), total: answerCount.nullable(), totalIsExact: z.boolean() }),
]);

/** Forgets everything of a tenant, or about a subject. */
@Controller('api/v1/erasures')
@NeedsRole('admin')
export class ErasuresController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly database: ApiDatabase,
    private readonly erasures: Erasures,
  ) {}

  /** Begins one (202), or with `dryRun` says how many events it would take (200). */
  @Post()
  @Describes({ summary: 'Erase all of some tenants or subjects, or ask how much it would be', answer: createdAnswer })
  async create(
    @Body({ schema: eraseBody }) body: z.output<typeof eraseBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Envelope<z.output<typeof createdAnswer>>> {
    const request = await this.resolve(body);
    if (body.dryRun) {
      void reply.code(200);
      return ok({ dryRun: true as const, ...(await this.erasures.count(request)) });
    }
    const row = await this.erasures.create(request);
    if (!row) throw new HttpError('TOO_MANY_ERASURES', 409, 'Twenty erasures are under way; wait for one to finish.');
    // Not what was erased: the audit log outlives it.
    noteForAudit({ target: publicId('era', row.id), after: { by: request.field, source: body.source ?? null } });
    void reply.code(202);
    return ok(showErasure(await this.find(row.id)));
  }

  /** Newest first. */
  @Get()
  @Describes({ summary: 'List erasures', answer: erasureAnswer })
  async list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
  ): Promise<Envelope<z.output<typeof erasureAnswer>[]>> {
    const list = statusList('hookyard.erasure', query.status);
    const { ids, page } = await readList(this.database, list, query, readCursor(query.cursor));
    const rows = await this.database.run<Row>(`SELECT ${COLUMNS} FROM ${ERASURE_FROM} WHERE t.id = ANY($1::uuid[])`, [
      ids,
    ]);
    return ok(inOrder(ids, rows).map(showErasure), page);
  }

  /** One, with how far it has come. */
  @Get(':id')
  @Describes({ summary: 'Get an erasure', answer: erasureAnswer })
  async get(@Param('id') id: string): Promise<Envelope<z.output<typeof erasureAnswer>>> {
    const stored = storedId('era', id);
    if (!stored) throw notFound();
    return ok(showErasure(await this.find(stored)));
  }

  private async resolve({ tenant, subject, source }: z.output<typeof eraseBody>): Promise<ErasureRequest> {
    // Deleted ones of that name too: their events are still there.
    const rows =
      source === undefined
        ? undefined
        : await this.dataSource.query<{ id: number }[]>('SELECT id FROM hookyard.source WHERE slug = $1', [source]);
    if (rows?.length === 0) throw new HttpError('SOURCE_NOT_FOUND', 404, 'There is no such source.');
    return {
      field: tenant === undefined ? 'subject' : 'tenant',
      names: tenant ?? subject ?? [],
      sourceIds: rows?.map(({ id }) => id),
    };
  }

  private async find(id: string): Promise<Row> {
    const [row] = await this.dataSource.query<Row[]>(`SELECT ${COLUMNS} FROM ${ERASURE_FROM} WHERE t.id = $1`, [id]);
    if (!row) throw notFound();
    return row;
  }
}

function notFound(): HttpError {
  return new HttpError('ERASURE_NOT_FOUND', 404, 'There is no such erasure.');
}
