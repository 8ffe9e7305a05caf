import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { NeedsRole } from '../access/role.js';
import { ApiDatabase } from '../api-database.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { pageQuery, readCursor, readPage, searchText } from '../page.js';
import { auditAnswer, showAudit, type AuditRow } from './audit.view.js';

const listQuery = z.strictObject({ ...pageQuery, actor: searchText(64), target: searchText(512) });

/** Who changed what. */
@Controller('api/v1/audit')
@NeedsRole('admin')
export class AuditController {
  constructor(private readonly database: ApiDatabase) {}

  /** Every mutation, newest first. `statusCode: null`: begun, and the process ended before it could say how it went. */
  @Get()
  @Describes({ summary: 'List the audit log', answer: auditAnswer })
  async list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
  ): Promise<Envelope<z.output<typeof auditAnswer>[]>> {
    const filters: [string, unknown][] = [
      ['t.actor =', query.actor],
      ['t.target =', query.target],
    ];
    const given = filters.filter(([, value]) => value !== undefined);
    const { rows, page } = await readPage<AuditRow>(
      this.database.run,
      {
        columns: 't.*',
        from: 'hookyard.audit t',
        where: given.map(([condition], index) => `${condition} $${index + 1}`),
        values: given.map(([, value]) => value),
      },
      query.limit,
      readCursor(query.cursor),
    );
    return ok(rows.map(showAudit), page);
  }
}
