import { Body, Controller, Delete, HttpCode, Param, Patch, Post } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { declareSource } from '../../config/declare-entry.js';
import { sourceSchema } from '../../config/source-schema.js';
import { SecretBox } from '../../database/secret-box.js';
import { HttpError } from '../../errors.js';
import { applySource } from '../../routing/apply-sources.js';
import type { DeclaredBy } from '../../routing/declared-by.js';
import { SourceCatalogue } from '../../routing/source-catalogue.js';
import { NeedsRole } from '../access/role.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { auditedEntry } from './audited-entry.js';
import { alreadyThere, ConfigurationChanges, EntryRules, entryOf, requireOwn } from './configuration-changes.js';
import { entryBody, merged } from './entry-body.js';
import { requireSignable } from './require-signable.js';

const newSource = entryBody(sourceSchema);
const changedSource = entryBody(sourceSchema, true);
const answer = z.object({ slug: z.string(), declaredBy: z.literal('api') });
const gone = z.object({ slug: z.string(), removed: z.literal(true) });
const held = z.object({ slug: z.string(), paused: z.boolean() });

interface Row {
  id: number;
  slug: string;
  declared_by: DeclaredBy;
  paused: boolean;
  written_sealed: Buffer | null;
}

/** Sources for those who want no file: by the same schema, with the same limits. */
@Controller('api/v1/sources')
export class SourceChangesController {
  constructor(
    private readonly changes: ConfigurationChanges,
    private readonly box: SecretBox,
    private readonly catalogue: SourceCatalogue,
    private readonly rules: EntryRules,
  ) {}

  @Post()
  @NeedsRole('admin')
  @Describes({ summary: 'Make a source, as an entry of hookyard.yaml; its secrets are never shown again', answer })
  async create(@Body({ schema: newSource }) body: Record<string, unknown>): Promise<Envelope<z.output<typeof answer>>> {
    return this.write(body, async (client, slug) => {
      if (await findSource(client, slug)) throw alreadyThere('source');
    });
  }

  /** Merges top-level keys: one that is given replaces the whole of what stood there, null takes it away. */
  @Patch(':slug')
  @NeedsRole('admin')
  @Describes({ summary: 'Change a source that was made over the API', answer })
  async update(
    @Param('slug') slug: string,
    @Body({ schema: changedSource }) body: Record<string, unknown>,
  ): Promise<Envelope<z.output<typeof answer>>> {
    return this.changes.change(async (client) => {
      const row = await this.findOwn(client, slug);
      const before = this.open(row);
      const after = merged(before, { ...body, slug: row.slug });
      await applySource(client, this.box, entryOf(declareSource(after, this.context())));
      await requireSignable(client, this.box, this.catalogue.descriptions, { source: row.slug });
      noteForAudit({ target: row.slug, before: auditedEntry(this.box, before), after: auditedEntry(this.box, after) });
      return ok({ slug: row.slug, declaredBy: 'api' as const });
    });
  }

  @Delete(':slug')
  @NeedsRole('admin')
  @Describes({ summary: 'Remove a source that was made over the API; what it holds stays held', answer: gone })
  async remove(@Param('slug') slug: string): Promise<Envelope<z.output<typeof gone>>> {
    return this.changes.change(async (client) => {
      const row = await this.findOwn(client, slug);
      await client.query('UPDATE hookyard.source SET deleted_at = clock_timestamp() WHERE id = $1', [row.id]);
      noteForAudit({ target: row.slug, before: auditedEntry(this.box, this.open(row)) });
      return ok({ slug: row.slug, removed: true as const });
    });
  }

  @Post(':slug/pause')
  @HttpCode(200)
  @NeedsRole('operator')
  @Describes({ summary: 'Store what comes in and hold its deliveries, until it is resumed', answer: held })
  pause(@Param('slug') slug: string): Promise<Envelope<z.output<typeof held>>> {
    return this.hold(slug, true);
  }

  @Post(':slug/resume')
  @HttpCode(200)
  @NeedsRole('operator')
  @Describes({ summary: 'Deliver again; what was held goes out some seconds later', answer: held })
  resume(@Param('slug') slug: string): Promise<Envelope<z.output<typeof held>>> {
    return this.hold(slug, false);
  }

  /** Run-time state, of whoever's source: an apply leaves it as it is. */
  private hold(slug: string, paused: boolean): Promise<Envelope<z.output<typeof held>>> {
    return this.changes.change(async (client) => {
      const row = await findSource(client, slug);
      if (!row) throw notFound();
      await client.query(
        `UPDATE hookyard.source SET paused_at = CASE WHEN $2 THEN coalesce(paused_at, clock_timestamp()) END WHERE id = $1`,
        [row.id, paused],
      );
      noteForAudit({ target: row.slug, before: { paused: row.paused }, after: { paused } });
      return ok({ slug: row.slug, paused });
    });
  }

  private async write(
    body: Record<string, unknown>,
    check: (client: PoolClient, slug: string) => Promise<void>,
  ): Promise<Envelope<z.output<typeof answer>>> {
    const source = entryOf(declareSource(body, this.context()));
    return this.changes.change(async (client) => {
      await check(client, source.slug);
      await applySource(client, this.box, source);
      await requireSignable(client, this.box, this.catalogue.descriptions, { source: source.slug });
      noteForAudit({ target: source.slug, after: auditedEntry(this.box, body) });
      return ok({ slug: source.slug, declaredBy: 'api' as const });
    });
  }

  private open({ written_sealed: sealed }: Row): unknown {
    return sealed === null ? {} : this.box.open(sealed);
  }

  private context() {
    const { allowedNetworks, publicUrl } = this.rules;
    return { catalogue: this.catalogue.descriptions, allowedNetworks, publicUrl };
  }

  private async findOwn(client: PoolClient, slug: string): Promise<Row> {
    const row = await findSource(client, slug);
    if (!row) throw notFound();
    await requireOwn(client, 'source', row.declared_by);
    return row;
  }
}

function notFound(): HttpError {
  return new HttpError('SOURCE_NOT_FOUND', 404, 'There is no such source.');
}

async function findSource(client: PoolClient, slug: string): Promise<Row | undefined> {
  if (slug.includes('\0')) return undefined;
  const { rows } = await client.query<Row>(
    'SELECT id, slug, declared_by, written_sealed, paused_at IS NOT NULL AS paused FROM hookyard.source WHERE slug = $1 AND deleted_at IS NULL',
    [slug],
  );
  return rows[0];
}
