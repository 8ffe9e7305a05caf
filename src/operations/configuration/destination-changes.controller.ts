import { Body, Controller, Param, Patch, Post } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { declareDestination } from '../../config/declare-entry.js';
import { destinationSchema } from '../../config/destination-schema.js';
import { SecretBox } from '../../database/secret-box.js';
import { HttpError } from '../../errors.js';
import { applyDestination, httpDestination } from '../../routing/apply-destinations.js';
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

const newDestination = entryBody(destinationSchema);
const changedDestination = entryBody(destinationSchema, true);
const answer = z.object({ name: z.string(), declaredBy: z.literal('api') });

interface Row {
  name: string;
  declared_by: DeclaredBy;
  written_sealed: Buffer | null;
}

/** Destinations for those who want no file: by the same schema, with the same limits. (`DELETE` is with the other removals.) */
@Controller('api/v1/destinations')
@NeedsRole('admin')
export class DestinationChangesController {
  constructor(
    private readonly changes: ConfigurationChanges,
    private readonly box: SecretBox,
    private readonly catalogue: SourceCatalogue,
    private readonly rules: EntryRules,
  ) {}

  @Post()
  @Describes({ summary: 'Make a destination, as an entry of hookyard.yaml; its secrets are never shown again', answer })
  async create(
    @Body({ schema: newDestination }) body: Record<string, unknown>,
  ): Promise<Envelope<z.output<typeof answer>>> {
    const destination = entryOf(declareDestination(body, this.context()));
    return this.changes.change(async (client) => {
      if (await findDestination(client, destination.name)) throw alreadyThere('destination');
      await applyDestination(client, this.box, 'http', httpDestination(destination, 'api'));
      noteForAudit({ target: destination.name, after: auditedEntry(this.box, body) });
      return ok({ name: destination.name, declaredBy: 'api' as const });
    });
  }

  /** Merges top-level keys: one that is given replaces the whole of what stood there, null takes it away. */
  @Patch(':name')
  @Describes({ summary: 'Change a destination that was made over the API', answer })
  async update(
    @Param('name') name: string,
    @Body({ schema: changedDestination }) body: Record<string, unknown>,
  ): Promise<Envelope<z.output<typeof answer>>> {
    return this.changes.change(async (client) => {
      const row = name.includes('\0') ? undefined : await findDestination(client, name);
      if (!row) throw new HttpError('DESTINATION_NOT_FOUND', 404, 'There is no such destination.');
      await requireOwn(client, 'destination', row.declared_by);
      const before: unknown = row.written_sealed === null ? {} : this.box.open(row.written_sealed);
      const after = merged(before, { ...body, name: row.name });
      const destination = entryOf(declareDestination(after, this.context()));
      await applyDestination(client, this.box, 'http', httpDestination(destination, 'api'));
      await requireSignable(client, this.box, this.catalogue.descriptions, { destination: row.name });
      noteForAudit({ target: row.name, before: auditedEntry(this.box, before), after: auditedEntry(this.box, after) });
      return ok({ name: row.name, declaredBy: 'api' as const });
    });
  }

  private context() {
    const { allowedNetworks, publicUrl } = this.rules;
    return { catalogue: this.catalogue.descriptions, allowedNetworks, publicUrl };
  }
}

async function findDestination(client: PoolClient, name: string): Promise<Row | undefined> {
  const { rows } = await client.query<Row>(
    'SELECT name, declared_by, written_sealed FROM hookyard.destination WHERE name = $1 AND deleted_at IS NULL',
    [name],
  );
  return rows[0];
}
