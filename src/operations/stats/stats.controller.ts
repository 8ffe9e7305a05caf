import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { HttpError } from '../../errors.js';
import { ApiDatabase, TOO_SLOW, type RunSql } from '../api-database.js';
import { ok, type Envelope } from '../envelope.js';
import { statement, whereAll, type Condition } from '../lists/condition.js';
import { idRange, timeQuery, type IdRange } from '../lists/time-range.js';
import { Describes } from '../openapi/describes.js';
import { searchLagMs } from '../search/search-lag.js';
import { named } from '../openapi/answer-fields.js';

/** Counting reads every row of the time asked for. */
const COUNT_WITHIN_MS = 5_000;

const statsQuery = z.strictObject(timeQuery);

const count = z.int().min(0);
const answer = named(
  'Stats',
  z.object({
    sources: z.array(z.object({ source: z.string(), received: count, conflicts: count })),
    destinations: z.array(
      z.object({
        destination: z.string(),
        pending: count,
        claimed: count,
        held: count,
        delivered: count,
        dead: count,
        cancelled: count,
        superseded: count,
      }),
    ),
    searchLagMs: count,
  }),
);

/** How much came in and went out. */
@Controller('api/v1/stats')
export class StatsController {
  constructor(private readonly database: ApiDatabase) {}

  /**
   * Events per source and deliveries per destination, by what became of them until now; of those made in a time, the last 24 hours
   * unless it is given. Counted from the rows themselves, so it is exact; and it takes as long as there are rows.
   */
  @Get()
  @Describes({ summary: 'Count what came in and went out in a time', answer })
  async get(
    @Query({ schema: statsQuery }) query: z.output<typeof statsQuery>,
  ): Promise<Envelope<z.output<typeof answer>>> {
    const stats = await this.database.readWithin(COUNT_WITHIN_MS, async (run) => ({
      sources: await countEvents(run, idRange('received_at', query, true)),
      destinations: await countDeliveries(run, idRange('created_at', query, true)),
      searchLagMs: await searchLagMs(run),
    }));
    if (stats === TOO_SLOW) {
      throw new HttpError('FILTER_TOO_BROAD', 422, 'So many rows cannot be counted in time. Narrow from and to.');
    }
    return ok(stats);
  }
}

type SourceCounts = z.output<typeof answer>['sources'];
type DestinationCounts = z.output<typeof answer>['destinations'];

function countEvents(run: RunSql, range: IdRange): Promise<SourceCounts> {
  const { sql, values } = statement(
    (
      param,
    ) => `SELECT s.slug AS source, coalesce(sum(e.received), 0)::int AS received, coalesce(sum(e.conflicts), 0)::int AS conflicts
      FROM (SELECT t.source_id, count(*) AS received,
              count(*) FILTER (WHERE EXISTS (SELECT 1 FROM hookyard.event_conflict c WHERE c.event_id = t.id)) AS conflicts
            FROM hookyard.event t ${whereAll(within(range), param)} GROUP BY t.source_id) e
      RIGHT JOIN hookyard.source s ON s.id = e.source_id WHERE s.deleted_at IS NULL OR e.received > 0
      GROUP BY s.slug ORDER BY s.slug`,
  );
  return run<SourceCounts[number]>(sql, values);
}

function countDeliveries(run: RunSql, range: IdRange): Promise<DestinationCounts> {
  const statuses = ['pending', 'claimed', 'held', 'delivered', 'dead', 'cancelled', 'superseded'];
  const sums = statuses
    .map((status) => `(coalesce(sum(c.n) FILTER (WHERE c.status = '${status}'), 0))::int AS ${status}`)
    .join(', ');
  const { sql, values } = statement(
    (param) => `SELECT d.name AS destination, ${sums}
      FROM (SELECT t.destination_id, t.status, count(*) AS n FROM hookyard.delivery t ${whereAll(within(range), param)}
            GROUP BY t.destination_id, t.status) c
      RIGHT JOIN hookyard.destination d ON d.id = c.destination_id WHERE d.deleted_at IS NULL OR c.n > 0
      GROUP BY d.name ORDER BY d.name`,
  );
  return run<DestinationCounts[number]>(sql, values);
}

function within({ fromId, toId, exact }: IdRange): Condition[] {
  return [
    ...(fromId === undefined ? [] : [(param: (value: unknown) => string) => `t.id >= ${param(fromId)}::uuid`]),
    ...(toId === undefined ? [] : [(param: (value: unknown) => string) => `t.id < ${param(toId)}::uuid`]),
    ...exact,
  ];
}
