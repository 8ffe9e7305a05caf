import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { publicId, storedId } from '../../database/ids.js';
import { Pools } from '../../database/pools.js';
import { HttpError } from '../../errors.js';
import { BULK_REPLAY_COLUMNS, type BulkReplayRow, type BulkRequest } from '../../replay/bulk-replay.js';
import { BulkReplays, type BulkChange } from '../../replay/bulk-replays.js';
import { RenormalisePreview } from '../../replay/renormalise-preview.js';
import { findDestinations } from '../../replay/targets.js';
import { NeedsRole } from '../access/role.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { ApiDatabase } from '../api-database.js';
import { statusList } from '../lists/other-lists.js';
import { inOrder, readList } from '../lists/read-list.js';
import { pageQuery, readCursor } from '../page.js';
import { replayRequest, type ReplayRequest } from './replay-request.js';
import { namesOf, unknownDestinations } from './replay-target.js';
import { DESTINATION_NAMES, dryRunAnswer, REPLAY_FROM, replayAnswer, showReplay } from './replay.view.js';

const COLUMNS = `${BULK_REPLAY_COLUMNS}, ${DESTINATION_NAMES}`;
const listQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(['running', 'paused', 'finished', 'cancelled']).optional(),
});

const createdAnswer = z.union([replayAnswer, dryRunAnswer]);

/** Replays of many events, or retries of many dead letters, by filter. */
@Controller('api/v1/replays')
export class ReplaysController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly database: ApiDatabase,
    private readonly pools: Pools,
    private readonly replays: BulkReplays,
    private readonly preview: RenormalisePreview,
  ) {}

  /** Begins one (202), or with `dryRun` says how many it would take, and which first (200). */
  @Post()
  @Describes({ summary: 'Begin a bulk replay, or ask what it would do', answer: createdAnswer })
  @NeedsRole('operator')
  async create(
    @Body({ schema: replayRequest }) body: ReplayRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Envelope<z.output<typeof createdAnswer>>> {
    const request = await this.resolve(body);
    if (body.dryRun) {
      void reply.code(200);
      return ok(await this.dryRun(request));
    }
    const row = await this.replays.create(request);
    if (!row) throw new HttpError('TOO_MANY_REPLAYS', 409, 'Twenty replays are under way or paused; end one first.');
    const shown = showReplay(await this.find(row.id));
    noteForAudit({ target: shown.id, after: { mode: shown.mode, filter: shown.filter, total: shown.total } });
    void reply.code(202);
    return ok(shown);
  }

  /** Newest first. */
  @Get()
  @Describes({ summary: 'List bulk replays', answer: replayAnswer })
  async list(
    @Query({ schema: listQuery }) query: z.output<typeof listQuery>,
  ): Promise<Envelope<z.output<typeof replayAnswer>[]>> {
    const list = statusList('hookyard.replay', query.status);
    const { ids, page } = await readList(this.database, list, query, readCursor(query.cursor));
    const rows = await this.database.run<BulkReplayRow>(
      `SELECT ${COLUMNS} FROM ${REPLAY_FROM} WHERE t.id = ANY($1::uuid[])`,
      [ids],
    );
    return ok(inOrder(ids, rows).map(showReplay), page);
  }

  /** One, with how far it has come. */
  @Get(':id')
  @Describes({ summary: 'Get a bulk replay', answer: replayAnswer })
  async get(@Param('id') id: string): Promise<Envelope<z.output<typeof replayAnswer>>> {
    return ok(showReplay(await this.find(stored(id))));
  }

  /** Stops for good, within a chunk; what it made stays. */
  @Post(':id/cancel')
  @Describes({ summary: 'Stop a bulk replay for good', answer: replayAnswer })
  @NeedsRole('operator')
  @HttpCode(200)
  cancel(@Param('id') id: string): Promise<Envelope<z.output<typeof replayAnswer>>> {
    return this.change(id, 'cancel');
  }

  /** Stops until it is resumed. */
  @Post(':id/pause')
  @Describes({ summary: 'Stop a bulk replay until it is resumed', answer: replayAnswer })
  @NeedsRole('operator')
  @HttpCode(200)
  pause(@Param('id') id: string): Promise<Envelope<z.output<typeof replayAnswer>>> {
    return this.change(id, 'pause');
  }

  /** Goes on from where it was paused. */
  @Post(':id/resume')
  @Describes({ summary: 'Go on with a bulk replay', answer: replayAnswer })
  @NeedsRole('operator')
  @HttpCode(200)
  resume(@Param('id') id: string): Promise<Envelope<z.output<typeof replayAnswer>>> {
    return this.change(id, 'resume');
  }

  private async change(id: string, change: BulkChange): Promise<Envelope<z.output<typeof replayAnswer>>> {
    const changed = await this.replays.change(stored(id), change);
    if (!changed) throw notFound();
    if (!changed.changed) {
      throw new HttpError('REPLAY_NOT_CHANGEABLE', 409, `The replay is ${changed.row.status}.`);
    }
    const shown = showReplay(await this.find(changed.row.id));
    noteForAudit({ target: shown.id, before: { status: changed.before }, after: { status: shown.status } });
    return ok(shown);
  }

  private async resolve(body: ReplayRequest): Promise<BulkRequest> {
    const names =
      namesOf(body) ?? (body.mode === 'replay' && body.filter.destination ? [body.filter.destination] : undefined);
    const found = names && (await findDestinations(this.pools.work, names));
    if (names && found && found.unknown.length > 0) throw unknownDestinations(names, found.unknown);
    return {
      mode: body.renormalise ? 'renormalise' : body.mode,
      filter: body.filter,
      destinationIds: found?.ids,
      onlyChanged: body.renormalise && body.onlyChanged,
      latestOnly: body.mode === 'replay' && body.latestOnly,
      pace: body.pace,
    };
  }

  private async dryRun(request: BulkRequest): Promise<z.output<typeof dryRunAnswer>> {
    const { total, totalIsExact, sample } = await this.replays.count(request);
    const preview = request.mode === 'renormalise' ? await this.preview.look(request) : null;
    const prefix = request.mode === 'retry' ? 'dlv' : 'evt';
    return {
      dryRun: true,
      total: total ?? null,
      totalIsExact,
      sample: sample.map((id) => publicId(prefix, id)),
      renormalised: preview && {
        ...preview,
        sample: preview.sample.map(({ eventId, changes }) => ({ eventId, changes: [...changes] })),
      },
    };
  }

  private async find(id: string): Promise<BulkReplayRow> {
    const [row] = await this.dataSource.query<BulkReplayRow[]>(
      `SELECT ${COLUMNS} FROM ${REPLAY_FROM} WHERE t.id = $1`,
      [id],
    );
    if (!row) throw notFound();
    return row;
  }
}

function stored(id: string): string {
  const found = storedId('rpl', id);
  if (!found) throw notFound();
  return found;
}

function notFound(): HttpError {
  return new HttpError('REPLAY_NOT_FOUND', 404, 'There is no such replay.');
}
