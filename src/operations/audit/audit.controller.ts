import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { publicId } from '../../database/ids.js';
import { BOOTSTRAP_KEY_ID } from '../access/principal.js';
import { NeedsRole } from '../access/role.js';
import { ApiDatabase } from '../api-database.js';
import { ok, type Envelope } from '../envelope.js';
import { pageQuery, readCursor, readPage, searchText } from '../page.js';

const listQuery = z.strictObject({ ...pageQuery, actor: searchText(64), target: searchText(512) });

interface AuditRow {
  id: string;
  at: Date;
  api_key_id: string;
  actor: string;
  role: string;
  address: string;
  action: string;
  path: string;
  target: string | null;
  before: unknown;
  after: unknown;
  status_code: number | null;
  error_code: string | null;
}

/** Who changed what. */
@Controller('api/v1/audit')
@NeedsRole('admin')
export class AuditController {
  constructor(private readonly database: ApiDatabase) {}

  /** Every mutation, newest first. `statusCode: null`: begun, and the process ended before it could say how it went. */
  @Get()
  async list(@Query({ schema: listQuery }) query: z.output<typeof listQuery>): Promise<Envelope<unknown[]>> {
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

function showAudit(row: AuditRow): object {
  return {
    id: publicId('aud', row.id),
    at: row.at,
    actor: row.actor,
    apiKeyId: row.api_key_id === BOOTSTRAP_KEY_ID ? null : publicId('key', row.api_key_id),
    role: row.role,
    address: row.address,
    action: row.action,
    path: row.path,
    target: row.target,
    before: row.before,
    after: row.after,
    statusCode: row.status_code,
    errorCode: row.error_code,
  };
}
