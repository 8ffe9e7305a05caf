import type { EventReading } from '../events/event-reading.js';
import { normalise } from '../sources/interpret.js';
import { UNPARSED } from '../sources/name-event.js';
import type { SourceDescription } from '../sources/source.js';
import type { StoredEvent } from './stored-event.js';

/** One field that the present code reads differently, as the API shows it. */
export interface FieldChange {
  readonly field: keyof EventReading;
  readonly before: string | boolean | null;
  readonly after: string | boolean | null;
}

/** `unreadable`: the present code makes no event, or several, of these bytes; such a thing cannot stand beside one event. */
export type Rereading =
  | { readonly outcome: 'same' }
  | { readonly outcome: 'changed'; readonly reading: EventReading; readonly changes: readonly FieldChange[] }
  | { readonly outcome: 'unreadable' };

const FIELDS = [
  'externalId',
  'type',
  'subject',
  'tenant',
  'occurredAt',
  'apiVersion',
  'livemode',
  'bodyFormat',
] as const;

/** An id made of the body's hash: nothing was found that names the event. */
const BODY_ID = /^sha256:[0-9a-f]{64}@/;

/**
 * Reads a stored event's bytes through the present code. Of the request only the body, the headers that the source kept and its
 * signature headers are left; so a field that cannot be told now keeps what was read when everything was there, and a type that was known never
 * becomes `unparsed`. Pure.
 */
export function readAgain(description: SourceDescription, event: StoredEvent, body: Buffer): Rereading {
  const events = normalise(description, {
    method: 'POST',
    headers: { ...event.signatureHeaders, ...event.headers },
    repeated: new Set(),
    body,
    receivedAt: event.receivedAt,
  });
  const [now] = events;
  if (events.length !== 1 || !now) return { outcome: 'unreadable' };
  const reading: EventReading = {
    externalId: BODY_ID.test(now.externalId) ? event.externalId : now.externalId,
    type: now.type === UNPARSED ? event.type : now.type,
    subject: now.subject ?? event.subject,
    tenant: now.tenant ?? event.tenant,
    occurredAt: now.occurredAt ?? event.occurredAt,
    apiVersion: now.apiVersion ?? event.apiVersion,
    livemode: now.livemode ?? event.livemode,
    bodyFormat: now.bodyFormat,
  };
  const changes = FIELDS.flatMap((field) => {
    const [before, after] = [shown(event[field]), shown(reading[field])];
    return before === after ? [] : [{ field, before, after }];
  });
  return changes.length === 0 ? { outcome: 'same' } : { outcome: 'changed', reading, changes };
}

function shown(value: string | boolean | Date | undefined): string | boolean | null {
  return value instanceof Date ? value.toISOString() : (value ?? null);
}
