import type { BodyReference } from './body.store.js';

/** What a stored event says of itself, as whoever sends or reads it again needs it. */
export interface EventFields {
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
  readonly bodyFormat: 'json' | 'form' | 'binary';
  /** With `list` for one event of several; see `BodyReference`. */
  readonly body: BodyReference;
}

/** Columns of `EventFieldsRow`; `e` is the event, `s` its source. */
export const EVENT_FIELDS = `s.slug AS source, s.type AS source_type, e.external_id, e.type, e.subject, e.tenant, e.occurred_at,
  e.received_at, e.api_version, e.livemode, e.headers, e.signature_headers, e.body_format, e.body_day::text AS body_day, e.body_id,
  e.body_offset, e.body_length, e.list_start, e.list_end`;

/** A row of `EVENT_FIELDS`. */
export interface EventFieldsRow {
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
  body_format: 'json' | 'form' | 'binary';
  body_day: string;
  body_id: string;
  body_offset: number;
  body_length: number;
  list_start: number | null;
  list_end: number | null;
}

/** Turns a row into fields. */
export function toEventFields(row: EventFieldsRow): EventFields {
  return {
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
  };
}
