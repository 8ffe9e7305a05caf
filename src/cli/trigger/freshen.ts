import { createHash } from 'node:crypto';
import { normalise } from '../../sources/interpret.js';
import type { NormalisedEvent } from '../../sources/name-event.js';
import type { SourceDescription } from '../../sources/source.js';
import { sign, type Draft, type Signing } from './draft.js';
import { freshText } from './fresh-text.js';
import { placesOf, put, type Place } from './places.js';
import { shiftTime } from './shift-time.js';

type Events = readonly NormalisedEvent[];
type EventsOf = (draft: Draft) => Events;

/** Of an event that its sender gave no id. */
const isBodyId = ({ externalId }: NormalisedEvent) => externalId.startsWith('sha256:');

/**
 * The same webhook as if it happened now: its times move to now, and each event gets another id. Where the ids stand is not
 * written down anywhere: a value is one if the description names the event anew once it changes, under the same type.
 */
export function freshen(description: SourceDescription, draft: Draft, signing: Signing): Draft {
  const eventsOf: EventsOf = (candidate) => normalise(description, sign(description, candidate, signing));
  let fresh = moved(draft, signing.now, eventsOf);
  let hasNewBody = false;
  for (const [index, event] of eventsOf(fresh).entries()) {
    if (event.externalId.includes(signing.id) || isBodyId(event)) continue;
    const place = idPlace(fresh, eventsOf, index);
    if (place === undefined) continue;
    fresh = put(fresh, place, freshText(place.value));
    hasNewBody ||= place.in === 'body';
  }
  // A new id beside an equal body looks like a replay, and an event without an id is told apart by its body alone.
  if (!hasNewBody && (description.unsigned?.includes('id') || eventsOf(fresh).some(isBodyId))) {
    const place = objectPlace(fresh, eventsOf);
    if (place) fresh = put(fresh, place, freshText(place.value));
  }
  return { ...fresh, url: fresh.url.replace(sha256(draft.body), sha256(fresh.body)) };
}

/** Every time near the event's own, moved by as much as that one. */
function moved(draft: Draft, to: Date, eventsOf: EventsOf): Draft {
  const before = eventsOf(draft);
  const from = before.find(({ occurredAt }) => occurredAt !== undefined)?.occurredAt;
  if (from === undefined) return draft;
  let fresh = draft;
  for (const place of placesOf(draft)) {
    const value = shiftTime(place.value, from, to);
    if (value !== undefined) fresh = put(fresh, place, value);
  }
  return isSameKind(before, eventsOf(fresh)) ? fresh : draft;
}

/** Where the id of one of the events stands: what gives it another and changes least besides; likely ids first. */
function idPlace(draft: Draft, eventsOf: EventsOf, index: number): Place | undefined {
  const before = eventsOf(draft);
  return placesOf(draft)
    .map((place) => ({ place, after: eventsOf(put(draft, place, freshText(place.value))) }))
    .filter(({ after }) => isSameKind(before, after) && after[index]?.externalId !== before[index]?.externalId)
    .map(({ place, after }) => ({ place, unlikely: unlikelihood(place, before, after) }))
    .toSorted((a, b) => a.unlikely - b.unlikely || b.place.value.length - a.place.value.length)[0]?.place;
}

/** Where the body names an object of the same tenant: the first value under a key that ends in "id". */
function objectPlace(draft: Draft, eventsOf: EventsOf): Place | undefined {
  const before = eventsOf(draft);
  const tenants = (events: Events) => events.map(({ tenant }) => tenant).join();
  return placesOf(draft)
    .filter((place) => place.in === 'body' && /(?:id|ref|name)$/i.test(place.key))
    .toSorted((a, b) => Number(/id$/i.test(b.key)) - Number(/id$/i.test(a.key)))
    .find((place) => {
      const after = eventsOf(put(draft, place, freshText(place.value)));
      return isSameKind(before, after) && tenants(before) === tenants(after);
    });
}

function unlikelihood({ key, value }: Place, before: Events, after: Events): number {
  const others = (['subject', 'tenant', 'occurredAt', 'apiVersion'] as const).filter((name) =>
    before.some((event, index) => String(event[name]) !== String(after[index]?.[name])),
  );
  const isTime = others.includes('occurredAt') || /^\d{4}-\d{2}-\d{2}T/.test(value);
  const reasons = [isTime, !/\d/.test(value), value.length < 5, !/^id$/i.test(key)];
  return reasons.reduce((sum, isReason, index) => sum + (isReason ? 64 >> index : 0), others.length);
}

function isSameKind(before: Events, after: Events): boolean {
  return before.length === after.length && before.every(({ type }, index) => type === after[index]?.type);
}

/** Twilio puts the hash of JSON into the URL. */
function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
