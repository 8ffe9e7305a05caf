import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { durationSchema } from '../../config/duration.js';
import { HttpError } from '../../errors.js';
import { GateControl } from '../../queue/gate-control.js';
import { NeedsRole } from '../access/role.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';
import {
  COUNT_UP_TO,
  DESTINATION_FROM,
  destinationAnswer,
  destinationColumns,
  showDestination,
  type DestinationRow,
} from './destination.view.js';

/** More destinations than anyone declares; a list is one answer. */
const MOST_LISTED = 5_000;
const BY_HAND = 'by an operator';

const pauseBody = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .regex(/^[^\p{Cc}]*$/u, 'holds a control character')
      .optional(),
  })
  .nullish();

const breakerBody = z
  .strictObject({
    state: z.enum(['open', 'closed', 'auto']),
    for: durationSchema('1s', '30d').optional(),
  })
  .refine((body) => body.state !== 'auto' || body.for === undefined, {
    message: 'means nothing with "auto"',
    path: ['for'],
  });

/** Where events go, HTTP destinations and handlers alike, and what a person does about them. `:name`: its name, or its id. */
@Controller('api/v1/destinations')
export class DestinationsController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly gates: GateControl,
  ) {}

  /** All of them, by name. */
  @Get()
  @Describes({ summary: 'List destinations', answer: destinationAnswer, list: true })
  async list(): Promise<Envelope<z.output<typeof destinationAnswer>[]>> {
    const rows = await this.dataSource.query<DestinationRow[]>(
      `SELECT ${destinationColumns(COUNT_UP_TO.list)} FROM ${DESTINATION_FROM} WHERE d.deleted_at IS NULL
       ORDER BY d.name LIMIT ${MOST_LISTED + 1}`,
    );
    const shown = rows.slice(0, MOST_LISTED).map((row) => showDestination(row, COUNT_UP_TO.list));
    return ok(shown, { next: null, prev: null, total: shown.length, totalIsExact: rows.length <= MOST_LISTED });
  }

  @Get(':name')
  @Describes({ summary: 'Get a destination', answer: destinationAnswer })
  async get(@Param('name') name: string): Promise<Envelope<z.output<typeof destinationAnswer>>> {
    return ok(showDestination(await this.find(name), COUNT_UP_TO.one));
  }

  /** Nothing is sent to it until it is resumed; deliveries wait and are not touched. */
  @Post(':name/pause')
  @Describes({ summary: 'Send nothing to a destination until it is resumed', answer: destinationAnswer })
  @HttpCode(200)
  @NeedsRole('operator')
  async pause(
    @Param('name') name: string,
    @Body({ schema: pauseBody }) body: z.output<typeof pauseBody>,
  ): Promise<Envelope<z.output<typeof destinationAnswer>>> {
    const destination = await this.find(name);
    await this.gates.pause(destination, body?.reason ?? BY_HAND);
    return this.changed(destination);
  }

  /** Goes on, whether a person, a 410 or a missing declaration paused it. */
  @Post(':name/resume')
  @Describes({ summary: 'Send to a destination again', answer: destinationAnswer })
  @HttpCode(200)
  @NeedsRole('operator')
  async resume(@Param('name') name: string): Promise<Envelope<z.output<typeof destinationAnswer>>> {
    const destination = await this.find(name);
    await this.gates.resume(destination);
    return this.changed(destination);
  }

  /** Holds the breaker open or closed, for a while or until further notice; `auto` lets it go. */
  @Post(':name/breaker')
  @Describes({ summary: 'Hold the breaker of a destination, or let it go', answer: destinationAnswer })
  @HttpCode(200)
  @NeedsRole('operator')
  async breaker(
    @Param('name') name: string,
    @Body({ schema: breakerBody }) body: z.output<typeof breakerBody>,
  ): Promise<Envelope<z.output<typeof destinationAnswer>>> {
    const destination = await this.find(name);
    await this.gates.force(destination, body.state, body.for);
    return this.changed(destination);
  }

  /** The destination after a change, with what its gate was and is in the audit log. */
  private async changed(before: DestinationRow): Promise<Envelope<z.output<typeof destinationAnswer>>> {
    const after = await this.find(before.name);
    noteForAudit({ target: before.name, before: gateOf(before), after: gateOf(after) });
    return ok(showDestination(after, COUNT_UP_TO.one));
  }

  /** A name made of digits wins over an id. */
  private async find(name: string): Promise<DestinationRow> {
    const [row] = name.includes('\0')
      ? []
      : await this.dataSource.query<DestinationRow[]>(
          `SELECT ${destinationColumns(COUNT_UP_TO.one)} FROM ${DESTINATION_FROM}
           WHERE d.deleted_at IS NULL AND (d.name = $1 OR d.id::text = $1) ORDER BY d.name = $1 DESC LIMIT 1`,
          [name],
        );
    if (!row) throw new HttpError('DESTINATION_NOT_FOUND', 404, 'There is no such destination.');
    return row;
  }
}

function gateOf(row: DestinationRow): object {
  const { paused, pauseReason, breaker } = showDestination(row, COUNT_UP_TO.one);
  const { state, forced, forcedUntil } = breaker;
  return { paused, pauseReason, breaker: { state, forced, forcedUntil } };
}
