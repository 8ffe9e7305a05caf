import type { RunSql } from '../api-database.js';
import { DELIVERY_COLUMNS, DELIVERY_FROM, showDelivery, type DeliveryRow } from '../deliveries/delivery.view.js';
import { EVENT_COLUMNS, EVENT_FROM, showEvent, type EventRow } from '../events/event.view.js';
import type { WrittenChange } from './change.js';
import { wholeXid } from './find-changes.js';

/** Rows of one statement. */
const CHUNK = 500;

/** Reads these events. `near`: a transaction of these days. */
export async function loadEvents(run: RunSql, ids: readonly string[], near: bigint): Promise<WrittenChange[]> {
  return inChunks(ids, async (some) => {
    const rows = await run<EventRow & Written>(
      `SELECT ${EVENT_COLUMNS}, t.xmin::text AS xid FROM ${EVENT_FROM} WHERE t.id = ANY($1::uuid[])`,
      [some],
    );
    return rows.map((row) => eventChange(row, wholeXid(row.xid, near)));
  });
}

/** Which transaction wrote each of these deliveries as it is now. */
export async function loadVersions(
  run: RunSql,
  ids: readonly string[],
  near: bigint,
): Promise<{ readonly id: string; readonly xid: bigint }[]> {
  return inChunks(ids, async (some) => {
    const rows = await run<{ id: string } & Written>(
      'SELECT id, xmin::text AS xid FROM hookyard.delivery WHERE id = ANY($1::uuid[])',
      [some],
    );
    return rows.map(({ id, xid }) => ({ id, xid: wholeXid(xid, near) }));
  });
}

/** Reads these deliveries, as they are by now. */
export async function loadDeliveries(run: RunSql, ids: readonly string[], near: bigint): Promise<WrittenChange[]> {
  return inChunks(ids, async (some) => {
    const rows = await run<DeliveryRow & OfEvent & Written>(
      `SELECT ${DELIVERY_COLUMNS}, t.xmin::text AS xid, s.slug AS source, s.type AS source_type, e.type AS event_type
       FROM ${DELIVERY_FROM} JOIN hookyard.event e ON e.id = t.event_id JOIN hookyard.source s ON s.id = e.source_id
       WHERE t.id = ANY($1::uuid[])`,
      [some],
    );
    return rows.map((row) => deliveryChange(row, wholeXid(row.xid, near)));
  });
}

/** Names a version of a delivery. */
export function deliveryKey(id: string, xid: bigint): string {
  return `d${id}@${xid}`;
}

/** Names an event; it has one version. */
export function eventKey(id: string): string {
  return `e${id}`;
}

interface Written {
  readonly xid: string;
}

interface OfEvent {
  readonly source: string;
  readonly source_type: string;
  readonly event_type: string;
}

function eventChange(row: EventRow, xid: bigint): WrittenChange {
  return {
    kind: 'event',
    key: eventKey(row.id),
    xid,
    at: row.received_at.getTime(),
    source: row.source,
    sourceType: row.source_type,
    type: row.type,
    json: JSON.stringify(showEvent(row)),
  };
}

function deliveryChange(row: DeliveryRow & OfEvent, xid: bigint): WrittenChange {
  const { source, source_type: sourceType, event_type: type } = row;
  return {
    kind: 'delivery',
    key: deliveryKey(row.id, xid),
    xid,
    at: (row.settled_at ?? row.created_at).getTime(),
    source,
    sourceType,
    type,
    destination: row.destination,
    status: row.status,
    json: JSON.stringify({ ...showDelivery(row), source, sourceType, type }),
  };
}

async function inChunks<T>(ids: readonly string[], read: (some: readonly string[]) => Promise<T[]>): Promise<T[]> {
  const all: T[] = [];
  for (let start = 0; start < ids.length; start += CHUNK) all.push(...(await read(ids.slice(start, start + CHUNK))));
  return all;
}
