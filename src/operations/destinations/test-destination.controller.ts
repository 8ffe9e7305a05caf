import { Body, Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { storedId } from '../../database/ids.js';
import { bytesFor } from '../../delivery/body-reader.js';
import { DestinationTester } from '../../delivery/destination-tester.js';
import { syntheticEvent } from '../../delivery/synthetic-event.js';
import { HttpError } from '../../errors.js';
import { BodyStore } from '../../events/body.store.js';
import type { ClaimedDelivery } from '../../queue/claimed-delivery.js';
import type { HttpDestination, Topology } from '../../routing/topology.js';
import { TopologyStore } from '../../routing/topology.store.js';
import { EventLog } from '../../telemetry/event-log.js';
import { NeedsRole } from '../access/role.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { answerCount, named } from '../openapi/answer-fields.js';
import { Describes } from '../openapi/describes.js';
import { eventToTest } from './event-to-test.js';

/** The longest timeout of a destination is two minutes; on the management port a connection that is silent for one is cut off. */
const MAY_BE_SILENT_MS = 180_000;

const testBody = z
  .strictObject({
    event: z.string().optional().describe('A stored event to send instead of a synthetic one'),
  })
  .nullish();

const testAnswer = named(
  'DestinationTest',
  z.object({
    outcome: z.enum(['delivered', 'failed', 'deferred', 'interrupted']),
    statusCode: z.int().nullable(),
    errorClass: z.string().nullable(),
    durationMs: answerCount,
    responseExcerpt: z.string().nullable(),
    requestHeaders: z
      .record(z.string(), z.string())
      .nullable()
      .describe('As sent, with secrets and signatures redacted; null when the URL is not open to deliveries'),
  }),
);

/** Tries destinations out. `:name`: its name, or its id. */
@Controller('api/v1/destinations')
export class TestDestinationController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly topology: TopologyStore,
    private readonly bodies: BodyStore,
    private readonly tester: DestinationTester,
    private readonly events: EventLog,
  ) {}

  /**
   * One request now, as a delivery's would be but marked `hookyard-test: true`, also while the destination is paused or its breaker is
   * open. A test that failed is answered 200 too: it was carried out. Nothing of it is kept but the audit line.
   */
  @Post(':name/test')
  @Describes({ summary: 'Send a test to a destination now', answer: testAnswer })
  @HttpCode(200)
  @NeedsRole('operator')
  async test(
    @Param('name') name: string,
    @Body({ schema: testBody }) body: z.output<typeof testBody>,
    @Req() request: FastifyRequest,
  ): Promise<Envelope<z.output<typeof testAnswer>>> {
    const topology = await this.topology.upToDate();
    const destination = await this.find(name, topology);
    const event = body?.event;
    const { delivery, readBody } =
      event === undefined ? synthetic(destination, topology) : await this.stored(event, destination);
    request.raw.socket.setTimeout(MAY_BE_SILENT_MS);
    const result = await this.tester.test(delivery, readBody, destination);
    if (result === 'busy') {
      throw new HttpError('RATE_LIMITED', 429, 'This process has as many tests under way as it takes.', {
        'retry-after': '1',
      });
    }
    if (result === 'body-gone') throw bodyGone('The body of this event is no longer stored.');
    const { outcome, statusCode, errorClass, durationMs, responseExcerpt, requestHeaders } = result;
    const line = { outcome, statusCode, errorClass, durationMs };
    noteForAudit({ target: destination.name, after: event === undefined ? line : { ...line, event } });
    this.events.destinationTested({ ...line, destination: destination.name, target: destination.url.origin });
    return ok({
      outcome,
      statusCode: statusCode ?? null,
      errorClass: errorClass ?? null,
      durationMs,
      responseExcerpt: responseExcerpt ?? null,
      requestHeaders: requestHeaders ?? null,
    });
  }

  /** A name made of digits wins over an id. */
  private async find(name: string, { destinations }: Topology): Promise<HttpDestination> {
    const [row] = name.includes('\0')
      ? []
      : await this.dataSource.query<{ id: number; kind: string }[]>(
          `SELECT id, kind FROM hookyard.destination
           WHERE deleted_at IS NULL AND (name = $1 OR id::text = $1) ORDER BY name = $1 DESC LIMIT 1`,
          [name],
        );
    if (!row) throw new HttpError('DESTINATION_NOT_FOUND', 404, 'There is no such destination.');
    const destination = destinations.get(row.id);
    if (destination?.kind === 'http') return destination;
    throw new HttpError(
      'DESTINATION_NOT_TESTABLE',
      409,
      row.kind === 'handler'
        ? 'A handler of the application writes in earnest whatever it is called with; replay an event to it instead.'
        : 'This process cannot use the destination; configuration.unusable in its log says why.',
    );
  }

  private async stored(event: string, destination: HttpDestination): Promise<ToSend> {
    const id = storedId('evt', event);
    const delivery = id ? await eventToTest(this.dataSource, id) : 'unknown';
    if (delivery === 'unknown') throw new HttpError('EVENT_NOT_FOUND', 404, 'There is no such event.');
    if (delivery === 'erased') throw bodyGone('This event was erased.');
    const readBody = async (): Promise<Buffer | undefined> =>
      (await this.bodies.readBodies([bytesFor(destination, delivery.body)]))[0];
    return { delivery, readBody };
  }
}

interface ToSend {
  readonly delivery: ClaimedDelivery;
  readonly readBody: () => Promise<Buffer | undefined>;
}

function synthetic(destination: HttpDestination, topology: Topology): ToSend {
  const { delivery, bytes } = syntheticEvent(destination, topology, new Date());
  return { delivery, readBody: () => Promise.resolve(bytes) };
}

function bodyGone(message: string): HttpError {
  return new HttpError('BODY_GONE', 410, message);
}
