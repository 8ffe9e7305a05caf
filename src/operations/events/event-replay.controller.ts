import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { publicId, storedId } from '../../database/ids.js';
import { HttpError } from '../../errors.js';
import { EventReplays } from '../../replay/event-replays.js';
import { NeedsRole } from '../access/role.js';
import {
  DELIVERY_COLUMNS,
  DELIVERY_FROM,
  deliveryAnswer,
  showDelivery,
  type DeliveryRow,
} from '../deliveries/delivery.view.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import { readingAnswer, showReading, type ReadingRow } from './reading.view.js';
import { namesOf, targetFields, unknownDestinations } from '../replays/replay-target.js';
import { fieldChangeAnswer } from '../replays/replay.view.js';
import { named } from '../openapi/answer-fields.js';

/** Readings of one event that are shown; each is a replay that somebody asked for. */
const MOST_READINGS = 200;

const replayBody = z
  .strictObject({
    ...targetFields,
    renormalise: z.boolean().default(false),
    latestOnly: z.boolean().default(false),
    dryRun: z.boolean().default(false),
  })
  // Nothing sent: replay it to its routes.
  .prefault({});

const replayedAnswer = named(
  'EventReplay',
  z.object({
    replayId: z.string().nullable(),
    dryRun: z.boolean(),
    destinations: z.array(z.string()),
    changes: z.array(fieldChangeAnswer).nullable(),
    deliveries: z.array(deliveryAnswer),
  }),
);

/** Replays of one event. */
@Controller('api/v1/events')
export class EventReplayController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly replays: EventReplays,
  ) {}

  /**
   * New deliveries of the event: to where the routes send it today, or to the destinations named, also ones that it never had.
   * Handlers run again. With `renormalise` its bytes are read anew; with `dryRun` nothing is made.
   */
  @Post(':id/replay')
  @Describes({ summary: 'Replay an event', answer: replayedAnswer })
  @NeedsRole('operator')
  @HttpCode(200)
  async replay(
    @Param('id') id: string,
    @Body({ schema: replayBody }) body: z.output<typeof replayBody>,
  ): Promise<Envelope<z.output<typeof replayedAnswer>>> {
    const stored = storedId('evt', id);
    const { renormalise, latestOnly, dryRun } = body;
    const result = stored
      ? await this.replays.replay(stored, { destinations: namesOf(body), renormalise, latestOnly, dryRun })
      : { outcome: 'unknown-event' as const };
    switch (result.outcome) {
      case 'unknown-event':
        throw new HttpError('EVENT_NOT_FOUND', 404, 'There is no such event.');
      case 'body-gone':
        throw new HttpError('BODY_GONE', 410, 'The body of this event is no longer stored.');
      case 'no-destination':
        throw new HttpError('NO_DESTINATION', 409, 'No route takes this event today; name a destination.');
      case 'unreadable':
        throw new HttpError('NOT_RENORMALISABLE', 409, 'The present code does not make one event of these bytes.');
      case 'unknown-destination':
        throw unknownDestinations(namesOf(body) ?? [], result.names);
      case 'replayed':
      case 'would-replay':
        noteForAudit({ target: id, after: { dryRun, deliveries: result.deliveryIds.length } });
        return ok({
          replayId: result.replayId === undefined ? null : publicId('rpl', result.replayId),
          dryRun,
          destinations: await this.nameAll(result.targets.map(({ destinationId }) => destinationId)),
          changes: result.changes?.slice() ?? null,
          deliveries: await this.readDeliveries(result.deliveryIds),
        });
    }
  }

  /** What re-normalising replays read from its bytes, newest first; the event itself shows what was read when it came. */
  @Get(':id/readings')
  @Describes({ summary: 'List what re-normalising replays read from an event', answer: z.array(readingAnswer) })
  async readings(@Param('id') id: string): Promise<Envelope<z.output<typeof readingAnswer>[]>> {
    const stored = storedId('evt', id);
    const rows = await this.dataSource.query<(ReadingRow | null)[]>(
      `SELECT r.* FROM hookyard.event e LEFT JOIN hookyard.event_reading r ON r.event_id = e.id
       WHERE e.id = $1 ORDER BY r.replay_id DESC LIMIT ${MOST_READINGS}`,
      [stored ?? null],
    );
    if (rows.length === 0) throw new HttpError('EVENT_NOT_FOUND', 404, 'There is no such event.');
    return ok(rows.flatMap((row) => (row?.replay_id ? [showReading(row)] : [])));
  }

  private async nameAll(ids: readonly number[]): Promise<string[]> {
    const rows = await this.dataSource.query<{ name: string }[]>(
      'SELECT name FROM hookyard.destination WHERE id = ANY ($1) ORDER BY name',
      [ids],
    );
    return rows.map(({ name }) => name);
  }

  private async readDeliveries(ids: readonly string[]): Promise<z.output<typeof deliveryAnswer>[]> {
    const rows = await this.dataSource.query<DeliveryRow[]>(
      `SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERY_FROM} WHERE t.id = ANY ($1::uuid[]) ORDER BY t.id`,
      [ids],
    );
    return rows.map(showDelivery);
  }
}
