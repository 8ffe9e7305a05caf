import { Injectable } from '@nestjs/common';
import { newId } from '../database/ids.js';
import { Pools } from '../database/pools.js';
import { Relay } from '../queue/relay.js';
import { asksForDocument } from '../routing/match-routes.js';
import { TopologyStore } from '../routing/topology.store.js';
import { insertReplays } from './insert-replays.js';
import type { FieldChange, Rereading } from './read-again.js';
import { Rereader } from './rereader.js';
import { STORED_EVENT_COLUMNS, STORED_EVENT_FROM, toStoredEvent, type StoredEventRow } from './stored-event.js';
import { findDestinations, targetsOf, type Target } from './targets.js';

/** What is asked for one event. */
export interface EventReplayRequest {
  /** Names; `undefined`: where the routes of today send it. */
  readonly destinations: readonly string[] | undefined;
  /** Read its bytes anew, and deliver and match what is read now. */
  readonly renormalise: boolean;
  /** Let `latestOnly` of a route hold for it as well. */
  readonly latestOnly: boolean;
  /** Say what would happen, and do nothing. */
  readonly dryRun: boolean;
}

export type EventReplayOutcome =
  | { readonly outcome: 'unknown-event' | 'body-gone' | 'no-destination' | 'unreadable' }
  | { readonly outcome: 'unknown-destination'; readonly names: readonly string[] }
  | {
      readonly outcome: 'replayed' | 'would-replay';
      readonly replayId: string | undefined;
      readonly deliveryIds: readonly string[];
      readonly targets: readonly Target[];
      readonly changes: readonly FieldChange[] | undefined;
    };

/** Replays of one event. Each is a round of its own: two at once make two deliveries per destination. */
@Injectable()
export class EventReplays {
  constructor(
    private readonly pools: Pools,
    private readonly topology: TopologyStore,
    private readonly rereader: Rereader,
    private readonly relay: Relay,
  ) {}

  /** Makes the new deliveries in one statement and wakes the relay. `latestOnly` of a route holds a replay back only if asked. */
  async replay(eventId: string, request: EventReplayRequest): Promise<EventReplayOutcome> {
    const { rows } = await this.pools.work.query<StoredEventRow>(
      `SELECT ${STORED_EVENT_COLUMNS} FROM ${STORED_EVENT_FROM} WHERE e.id = $1`,
      [eventId],
    );
    if (!rows[0]) return { outcome: 'unknown-event' };
    const event = toStoredEvent(rows[0]);
    if (!event.hasBody) return { outcome: 'body-gone' };
    const named = request.destinations && (await findDestinations(this.pools.work, request.destinations));
    if (named && named.unknown.length > 0) return { outcome: 'unknown-destination', names: named.unknown };
    let read: Rereading | undefined;
    if (request.renormalise) {
      for await (const [, rereading] of this.rereader.read([event])) read = rereading;
      if (!read) return { outcome: 'body-gone' };
      if (read.outcome === 'unreadable') return { outcome: 'unreadable' };
    }
    const reading = read?.outcome === 'changed' ? read.reading : undefined;
    const topology = this.topology.current;
    const seen = { ...event, ...reading };
    const needsData = !named && asksForDocument(seen, topology.routes);
    const data = needsData ? await this.rereader.readData(event) : undefined;
    const targets = targetsOf({ ...seen, data }, topology, named?.ids);
    const changes = read && (read.outcome === 'changed' ? read.changes : []);
    if (request.dryRun) return { outcome: 'would-replay', replayId: undefined, deliveryIds: [], targets, changes };
    const replayId = newId();
    const deliveryIds = await insertReplays(
      this.pools.work,
      replayId,
      [{ eventId, targets, reading }],
      request.latestOnly,
    );
    if (deliveryIds.length === 0) return { outcome: 'no-destination' };
    this.relay.wake();
    return { outcome: 'replayed', replayId, deliveryIds, targets, changes };
  }
}
