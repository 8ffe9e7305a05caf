import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { STEPS_PER_EVENT, Work, type FilterDocument } from '../../filters/filter.js';
import { readRoute, type RouteRow } from '../../routing/load-topology.js';
import { judgeRoute, type RouteVerdict } from '../../routing/match-routes.js';
import { SourceCatalogue } from '../../routing/source-catalogue.js';
import { storedDocument, type StoredEventFacts } from '../../routing/stored-document.js';
import type { DeliveryRow } from '../deliveries/delivery.view.js';
import { answerCount } from '../openapi/answer-fields.js';
import type { EventRow } from './event.view.js';

/** Routes that are listed; how many more there were is said. */
const MAX_LISTED = 200;

/** What a route said of an event; `unknown` where its filter cannot be asked any more. */
type ShownVerdict = RouteVerdict | { readonly verdict: 'unknown'; readonly reason: string };

const verdictAnswer = {
  routeId: z.int(),
  source: z.string().nullable(),
  sourceType: z.string().nullable(),
  types: z.array(z.string()),
  destination: z.string(),
  verdict: z.enum(['match', 'source', 'type', 'filter', 'filter_failed', 'unknown']),
  condition: z.string().optional().describe('Of verdict "filter": where in the filter'),
  reason: z.string().optional().describe('Of verdicts "filter_failed" and "unknown"'),
};

/** Why an event went where it went, and why not elsewhere. */
export const routingAnswer = z.object({
  revision: z.string().describe('The revision of the configuration by which it was routed'),
  routes: z.array(z.object(verdictAnswer)).describe('Routes of that revision for its source or source type'),
  more: answerCount.describe('Further ones of these, when there are very many'),
  otherSources: answerCount.describe('Routes of that revision for other sources: they never look at it'),
});

type EventRouting = z.output<typeof routingAnswer>;

interface ThenRow extends RouteRow {
  destination: string;
  total: number;
}

/**
 * Says what each route thought of an event, by the routes that were in force when it came in and not by today's. Nothing of
 * this is stored with the event but the revision: filters are pure, so asking them again gives the same answer.
 */
@Injectable()
export class EventRoutings {
  constructor(
    private readonly dataSource: DataSource,
    private readonly catalogue: SourceCatalogue,
  ) {}

  /** `undefined` for an event that was stored before revisions were. */
  async explain(event: EventRow, deliveries: readonly DeliveryRow[]): Promise<EventRouting | undefined> {
    const [stored] = await this.dataSource.query<{ routed_revision: string | null }[]>(
      'SELECT routed_revision FROM hookyard.event WHERE id = $1',
      [event.id],
    );
    const revision = stored?.routed_revision ?? undefined;
    if (revision === undefined) return undefined;
    const then = 'r.created_revision <= $1 AND (r.deleted_revision IS NULL OR r.deleted_revision > $1)';
    const rows = await this.dataSource.query<ThenRow[]>(
      `SELECT r.id, r.source_slug, r.source_type, r.types, r.filter, r.destination_id, d.name AS destination,
         count(*) OVER ()::int AS total
       FROM hookyard.route r JOIN hookyard.destination d ON d.id = r.destination_id
       WHERE ${then} AND (r.source_slug = $2 OR r.source_type = $3) ORDER BY r.position, r.id LIMIT ${MAX_LISTED}`,
      [revision, event.source, event.source_type],
    );
    const [others] = await this.dataSource.query<{ count: number }[]>(
      `SELECT count(*)::int AS count FROM hookyard.route r
       WHERE ${then} AND r.source_slug IS DISTINCT FROM $2 AND r.source_type IS DISTINCT FROM $3`,
      [revision, event.source, event.source_type],
    );
    return {
      revision,
      routes: await this.judge(event, rows, deliveries),
      more: Math.max(0, (rows[0]?.total ?? 0) - rows.length),
      otherSources: others?.count ?? 0,
    };
  }

  private async judge(
    event: EventRow,
    rows: readonly ThenRow[],
    deliveries: readonly DeliveryRow[],
  ): Promise<EventRouting['routes']> {
    const failed = new Set(
      deliveries.filter(({ dead_reason: why }) => why === 'filter_failed').map((row) => row.route_id),
    );
    const facts = factsOf(event);
    let document: FilterDocument | undefined;
    const shown: EventRouting['routes'] = [];
    for (const row of rows) {
      const route = readRoute(row, () => undefined);
      let said: ShownVerdict = judgeRoute({ ...facts, data: undefined }, { ...route, filter: undefined }, new Work(0));
      if (said.verdict === 'match' && route.filter !== undefined) {
        document ??= await this.readDocument(event, facts);
        said = document
          ? judgeRoute(document, route, new Work(STEPS_PER_EVENT))
          : { verdict: 'unknown', reason: 'the body of this event is no longer stored' };
        // The filters of one event share a limit; which of them met it then, its delivery says.
        if (failed.has(row.id) && said.verdict !== 'filter_failed') {
          said = { verdict: 'filter_failed', reason: 'all filters together had too much to do for this event' };
        }
      }
      const { source_slug: source, source_type: sourceType, types, destination } = row;
      shown.push({ routeId: row.id, source, sourceType, types, destination, ...said });
    }
    return shown;
  }

  private async readDocument(event: EventRow, facts: StoredEventFacts): Promise<FilterDocument | undefined> {
    const [body] = await this.dataSource.query<{ bytes: Buffer }[]>(
      `SELECT substring(b.bytes FROM e.body_offset + 1 FOR e.body_length) AS bytes
       FROM hookyard.event e JOIN hookyard.body b ON b.day = e.body_day AND b.id = e.body_id WHERE e.id = $1`,
      [event.id],
    );
    return body && storedDocument(facts, body.bytes, this.catalogue.descriptions);
  }
}

function factsOf(event: EventRow): StoredEventFacts {
  return {
    source: event.source,
    sourceType: event.source_type,
    type: event.type,
    subject: event.subject ?? undefined,
    tenant: event.tenant ?? undefined,
    livemode: event.livemode ?? undefined,
    headers: event.headers,
    contentType: event.content_type ?? undefined,
  };
}
