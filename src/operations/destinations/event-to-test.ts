import type { DataSource } from 'typeorm';
import { newId } from '../../database/ids.js';
import { EVENT_FIELDS, toEventFields, type EventFieldsRow } from '../../events/event-fields.js';
import { NO_REPLAY, type ClaimedDelivery } from '../../queue/claimed-delivery.js';

interface Row extends EventFieldsRow {
  verified: boolean;
  content_type: string | null;
  erased: boolean;
}

/**
 * A stored event as a test sends it: marked, with an idempotency key of its own, and with the event's own id, so that a receiver which knows
 * no tests takes it for what it is. `id`: stored form. @returns `erased` when its body was.
 */
export async function eventToTest(dataSource: DataSource, id: string): Promise<ClaimedDelivery | 'unknown' | 'erased'> {
  const [row] = await dataSource.query<Row[]>(
    `SELECT ${EVENT_FIELDS}, e.refusal IS NULL AS verified, e.content_type, e.erased_at IS NOT NULL AS erased
     FROM hookyard.event e JOIN hookyard.source s ON s.id = e.source_id WHERE e.id = $1`,
    [id],
  );
  if (!row) return 'unknown';
  if (row.erased) return 'erased';
  return {
    ...toEventFields(row),
    id: newId(),
    eventId: id,
    replayId: NO_REPLAY,
    lane: undefined,
    attempts: 0,
    roundAttempts: 0,
    ageMs: 0,
    isTest: true,
    verified: row.verified,
    contentType: row.content_type ?? undefined,
  };
}
