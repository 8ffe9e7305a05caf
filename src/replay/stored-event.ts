import { EVENT_FIELDS, toEventFields, type EventFields, type EventFieldsRow } from '../events/event-fields.js';

/** An event as it was stored, with where its bytes lie; what a replay starts from. */
export interface StoredEvent extends EventFields {
  readonly id: string;
  readonly sourceId: number;
  /** False: its body is no longer stored, so there is nothing to send. */
  readonly hasBody: boolean;
}

/** Columns of a stored event; `e` is the event, `s` its source, `b` its body where it is stored. */
export const STORED_EVENT_COLUMNS = `e.id, e.source_id, ${EVENT_FIELDS}, b.id IS NOT NULL AS has_body`;

/** The tables of `STORED_EVENT_COLUMNS`. A body's bytes are not read by this. */
export const STORED_EVENT_FROM = `hookyard.event e JOIN hookyard.source s ON s.id = e.source_id
  LEFT JOIN hookyard.body b ON b.day = e.body_day AND b.id = e.body_id`;

/** A row of `STORED_EVENT_COLUMNS`. */
export interface StoredEventRow extends EventFieldsRow {
  id: string;
  source_id: number;
  has_body: boolean;
}

/** Turns a row into an event. */
export function toStoredEvent(row: StoredEventRow): StoredEvent {
  return { id: row.id, sourceId: row.source_id, ...toEventFields(row), hasBody: row.has_body };
}
