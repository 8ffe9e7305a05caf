import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { publicId, storedId } from '../../database/ids.js';
import { HttpError } from '../../errors.js';
import { ApiDatabase } from '../api-database.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { statusList } from '../lists/other-lists.js';
import { inOrder, readList } from '../lists/read-list.js';
import { pageQuery, readCursor } from '../page.js';
import { keyDigest, makeApiKey } from './api-key.js';
import { API_KEY_COLUMNS, ApiKeyStore, type ApiKeyRow } from './api-key.store.js';
import { apiKeyAnswer, showApiKey } from './api-key.view.js';
import { Caller, type Principal } from './principal.js';
import { NeedsRole, ROLES } from './role.js';
import { named } from '../openapi/answer-fields.js';

const listQuery = z.strictObject({ ...pageQuery });

const newKey = z.strictObject({
  label: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .regex(/^[^\0]*$/, 'holds a NUL character'),
  role: z.enum(ROLES),
  notAfter: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
});

const newKeyAnswer = named('NewApiKey', apiKeyAnswer.extend({ key: z.string() }));

/** Keys of the management API. */
@Controller('api/v1/api-keys')
@NeedsRole('admin')
export class ApiKeysController {
  constructor(
    private readonly database: ApiDatabase,
    private readonly store: ApiKeyStore,
  ) {}

  /** Newest first, revoked ones too. The keys themselves are nowhere: only their beginnings. */
  @Get()
  @Describes({ summary: 'List API keys', answer: apiKeyAnswer })
  async list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
  ): Promise<Envelope<z.output<typeof apiKeyAnswer>[]>> {
    const list = statusList('hookyard.api_key', undefined);
    const { ids, page } = await readList(this.database, list, query, readCursor(query.cursor));
    const rows = await this.database.run<ApiKeyRow>(
      `SELECT ${API_KEY_COLUMNS} FROM hookyard.api_key t WHERE t.id = ANY($1::uuid[])`,
      [ids],
    );
    return ok(inOrder(ids, rows).map(showApiKey), page);
  }

  /** Makes a key. `key` is in this answer and never again. */
  @Post()
  @Describes({ summary: 'Make an API key', answer: newKeyAnswer })
  async create(
    @Body({ schema: newKey }) body: z.output<typeof newKey>,
    @Caller() caller: Principal,
  ): Promise<Envelope<z.output<typeof newKeyAnswer>>> {
    if (body.notAfter && body.notAfter.getTime() <= Date.now()) {
      throw new HttpError('INVALID_REQUEST', 400, 'notAfter: is in the past');
    }
    const { key, prefix } = makeApiKey();
    const row = await this.store.add({
      label: body.label,
      role: body.role,
      prefix,
      sha256: keyDigest(key),
      createdBy: caller.label,
      notAfter: body.notAfter,
    });
    const shown = showApiKey(row);
    noteForAudit({ target: publicId('key', row.id), after: shown });
    return ok({ ...shown, key });
  }

  /** Revokes a key: within two seconds no process takes it any more. */
  @Delete(':id')
  @Describes({ summary: 'Revoke an API key', answer: apiKeyAnswer })
  async revoke(@Param('id') id: string): Promise<Envelope<z.output<typeof apiKeyAnswer>>> {
    const stored = storedId('key', id);
    const row = stored ? await this.store.revoke(stored) : undefined;
    if (!row) throw new HttpError('API_KEY_NOT_FOUND', 404, 'There is no such API key.');
    const shown = showApiKey(row);
    noteForAudit({
      target: publicId('key', row.id),
      before: { ...shown, revokedAt: row.revoked_before },
      after: shown,
    });
    return ok(shown);
  }
}
