import { Controller, Get, Param } from '@nestjs/common';
import { z } from 'zod';
import { HttpError } from '../../errors.js';
import { SecretStates } from '../../routing/secret-states.js';
import { TopologyStore } from '../../routing/topology.store.js';
import { ApiDatabase } from '../api-database.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { showSource, sourceAnswer, type SourceRow } from './source.view.js';

/** More sources than anyone declares; a list is one answer. */
const MOST_LISTED = 5_000;
const COLUMNS = 'id, slug, type, declared_by, paused_at, undeclared_at, created_at';

/** Who sends to us. */
@Controller('api/v1/sources')
export class SourcesController {
  constructor(
    private readonly database: ApiDatabase,
    private readonly topology: TopologyStore,
    private readonly states: SecretStates,
  ) {}

  /** All of them, by slug. */
  @Get()
  @Describes({ summary: 'List sources', answer: z.array(sourceAnswer) })
  async list(): Promise<Envelope<z.output<typeof sourceAnswer>[]>> {
    const rows = await this.database.run<SourceRow>(
      `SELECT ${COLUMNS} FROM hookyard.source WHERE deleted_at IS NULL ORDER BY slug LIMIT ${MOST_LISTED}`,
    );
    return ok(await this.show(rows));
  }

  /** One, with when each of its secrets ends and last matched. */
  @Get(':slug')
  @Describes({ summary: 'Get a source', answer: sourceAnswer })
  async get(@Param('slug') slug: string): Promise<Envelope<z.output<typeof sourceAnswer>>> {
    const rows = slug.includes('\0')
      ? []
      : await this.database.run<SourceRow>(
          `SELECT ${COLUMNS} FROM hookyard.source WHERE deleted_at IS NULL AND slug = $1`,
          [slug],
        );
    const [shown] = await this.show(rows);
    if (!shown) throw new HttpError('SOURCE_NOT_FOUND', 404, 'There is no such source.');
    return ok(shown);
  }

  private async show(rows: readonly SourceRow[]): Promise<z.output<typeof sourceAnswer>[]> {
    const { sources } = this.topology.current;
    const usable = rows.map(({ slug }) => sources.get(slug)).filter((source) => source !== undefined);
    const states = await this.states.read(usable);
    const now = new Date();
    return rows.map((row) => showSource(row, sources.get(row.slug), states.get(row.id) ?? [], now));
  }
}
