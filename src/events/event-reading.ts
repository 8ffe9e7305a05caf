import type { Pool } from 'pg';

/** What a later reading of an event's stored bytes gave. The event itself keeps what was read when it came in. */
export interface EventReading {
  readonly externalId: string;
  readonly type: string;
  readonly subject: string | undefined;
  readonly tenant: string | undefined;
  readonly occurredAt: Date | undefined;
  readonly apiVersion: string | undefined;
  readonly livemode: boolean | undefined;
  readonly bodyFormat: 'json' | 'form' | 'binary';
}

/** The columns that a reading replaces, as rows of both tables name them. */
interface ReadColumns {
  external_id: string;
  type: string;
  subject: string | null;
  tenant: string | null;
  occurred_at: Date | null;
  api_version: string | null;
  livemode: boolean | null;
  body_format: 'json' | 'form' | 'binary';
}

/**
 * Puts the readings in place that replays made of their events. `rows` are deliveries with their events; those that are no
 * replays, or whose replay read nothing anew, stay as they are. One look by key, and only if there is a replay at all.
 */
export async function withReadings<Row extends ReadColumns & { event_id: string; replay_id: string }>(
  pool: Pool,
  rows: readonly Row[],
  isReplay: (row: Row) => boolean,
): Promise<readonly Row[]> {
  const replays = rows.filter(isReplay);
  if (replays.length === 0) return rows;
  const { rows: found } = await pool.query<ReadColumns & { event_id: string; replay_id: string }>({
    name: 'read-readings',
    text: `SELECT r.event_id, r.replay_id, r.external_id, r.type, r.subject, r.tenant, r.occurred_at, r.api_version, r.livemode,
             r.body_format
           FROM unnest($1::uuid[], $2::uuid[]) AS k(event_id, replay_id)
           JOIN hookyard.event_reading r ON r.event_id = k.event_id AND r.replay_id = k.replay_id`,
    values: [replays.map((row) => row.event_id), replays.map((row) => row.replay_id)],
  });
  const readings = new Map(found.map((reading) => [`${reading.event_id} ${reading.replay_id}`, reading]));
  return rows.map((row) => ({ ...row, ...readings.get(`${row.event_id} ${row.replay_id}`) }));
}
