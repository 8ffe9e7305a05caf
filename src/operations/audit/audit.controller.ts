import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { NeedsRole } from '../access/role.js';
import { ApiDatabase } from '../api-database.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { auditList } from '../lists/other-lists.js';
import { inOrder, readList } from '../lists/read-list.js';
import { pageQuery, readCursor, searchText } from '../page.js';
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
    const { ids, page } = await readList(this.database, auditList(query), query, readCursor(query.cursor));
    const rows = await this.database.run<AuditRow>('SELECT t.* FROM hookyard.audit t WHERE t.id = ANY($1::uuid[])', [
      ids,
    ]);
    return ok(inOrder(ids, rows).map(showAudit), page);
  }
}
