import type { BodyReference } from '../events/body.store.js';

/** An event as it was stored, with where its bytes lie; what a replay starts from. */
export interface StoredEvent {
  readonly id: string;
  readonly sourceId: number;
  readonly source: string;
  readonly sourceType: string;
  readonly externalId: string;
  readonly type: string;
  readonly subject: string | undefined;
  readonly tenant: string | undefined;
  readonly occurredAt: Date | undefined;
  readonly receivedAt: Date;
  readonly apiVersion: string | undefined;
  readonly livemode: boolean | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signatureHeaders: Readonly<Record<string, string>>;
  readonly bodyFormat: string;
  readonly body: BodyReference;
  /** False: its body is no longer stored, so there is nothing to send. */
  readonly hasBody: boolean;
}

/** Columns of a stored event; `e` is the event, `s` its source, `b` its body where it is stored. */
export const STORED_EVENT_COLUMNS = `e.id, e.source_id, s.slug AS source, s.type AS source_type, e.external_id, e.type, e.subject,
  e.tenant, e.occurred_at, e.received_at, e.api_version, e.livemode, e.headers, e.signature_headers, e.body_format,
  e.body_day::text AS body_day, e.body_id, e.body_offset, e.body_length, e.list_start, e.list_end, b.id IS NOT NULL AS has_body`;

/** The tables of `STORED_EVENT_COLUMNS`. A body's bytes are not read by this. */
export const STORED_EVENT_FROM = `hookyard.event e JOIN hookyard.source s ON s.id = e.source_id
  LEFT JOIN hookyard.body b ON b.day = e.body_day AND b.id = e.body_id`;

/** A row of `STORED_EVENT_COLUMNS`. */
export interface StoredEventRow {
  id: string;
  source_id: number;
  source: string;
  source_type: string;
  external_id: string;
  type: string;
  subject: string | null;
  tenant: string | null;
  occurred_at: Date | null;
  received_at: Date;
  api_version: string | null;
  livemode: boolean | null;
  headers: Record<string, string>;
  signature_headers: Record<string, string>;
  body_format: string;
  body_day: string;
  body_id: string;
  body_offset: number;
  body_length: number;
  list_start: number | null;
  list_end: number | null;
  has_body: boolean;
}

/** Turns a row into an event. */
export function toStoredEvent(row: StoredEventRow): StoredEvent {
  return {
    id: row.id,
    sourceId: row.source_id,
    source: row.source,
    sourceType: row.source_type,
    externalId: row.external_id,
    type: row.type,
    subject: row.subject ?? undefined,
    tenant: row.tenant ?? undefined,
    occurredAt: row.occurred_at ?? undefined,
    receivedAt: row.received_at,
    apiVersion: row.api_version ?? undefined,
    livemode: row.livemode ?? undefined,
    headers: row.headers,
    signatureHeaders: row.signature_headers,
    bodyFormat: row.body_format,
    body: {
      day: row.body_day,
      id: row.body_id,
      offset: row.body_offset,
      length: row.body_length,
      ...(row.list_start !== null && row.list_end !== null && { list: { start: row.list_start, end: row.list_end } }),
    },
    hasBody: row.has_body,
  };
}
