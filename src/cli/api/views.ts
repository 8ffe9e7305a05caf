import type { ApiObject } from './api-client.js';

/** A list as a table: what a column is called, and what it shows. */
export type View = readonly (readonly [heading: string, show: (row: ApiObject) => string])[];

const field =
  (name: string) =>
  (row: ApiObject): string =>
    text(row[name]);

/** A value as one cell. */
export function text(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'string') return value.replaceAll(/[\p{Cc}]/gu, ' ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value as number | boolean);
}

/** To the second, in the time of the user's machine. */
export function when(value: unknown): string {
  if (typeof value !== 'string') return '-';
  const at = new Date(value);
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

const time =
  (name: string) =>
  (row: ApiObject): string =>
    when(row[name]);
const inside =
  (outer: string, name: string) =>
  (row: ApiObject): string =>
    text((row[outer] as ApiObject | null | undefined)?.[name]);

const state = (row: ApiObject): string => {
  const why = row['waitingFor'] ?? row['heldReason'] ?? row['deadReason'];
  return (
    text(row['status']) + (why !== null && why !== undefined && row['status'] !== 'delivered' ? ` (${text(why)})` : '')
  );
};

export const EVENTS: View = [
  ['id', field('id')],
  ['received', time('receivedAt')],
  ['source', field('source')],
  ['type', field('type')],
  ['external id', field('externalId')],
];
export const DELIVERIES: View = [
  ['id', field('id')],
  ['created', time('createdAt')],
  ['destination', field('destination')],
  ['status', state],
  ['attempts', field('attempts')],
  ['last', (row) => text(row['lastStatusCode'] ?? row['lastErrorClass'])],
  ['event', field('eventId')],
];
export const REJECTIONS: View = [
  ['id', field('id')],
  ['received', time('receivedAt')],
  ['source', field('source')],
  ['reason', field('reason')],
  ['detail', field('detail')],
];
export const REPLAYS: View = [
  ['id', field('id')],
  ['created', time('createdAt')],
  ['mode', field('mode')],
  ['status', field('status')],
  ['processed', (row) => `${text(row['processed'])}/${text(row['total'])}`],
  ['deliveries', field('deliveries')],
];
export const ROUTES: View = [
  ['id', field('id')],
  ['from', (row) => (row['source'] === null ? `any ${text(row['sourceType'])}` : text(row['source']))],
  ['types', (row) => (row['types'] as string[]).join(', ')],
  ['filter', (row) => (row['filter'] === null || row['filter'] === undefined ? 'no' : 'yes')],
  ['to', field('to')],
  ['declared by', field('declaredBy')],
];
export const ISSUES: View = [
  ['id', field('id')],
  ['destination', field('destination')],
  ['error', (row) => text(row['errorClass']) + (row['statusCode'] === null ? '' : ` ${text(row['statusCode'])}`)],
  ['state', field('state')],
  ['failures', field('failures')],
  ['dead', field('dead')],
  ['first', time('firstSeenAt')],
  ['last', time('lastSeenAt')],
];
export const ALERTS: View = [
  ['status', field('status')],
  ['severity', field('severity')],
  ['rule', field('rule')],
  ['subject', field('subject')],
  ['since', time('since')],
  ['summary', field('summary')],
];
export const ALERT_CHANNELS: View = [
  ['channel', field('channel')],
  ['last sent', time('lastSentAt')],
  ['waiting', field('waiting')],
  ['given up', field('lost')],
  ['last error', field('lastError')],
];
export const SOURCES: View = [
  ['slug', field('slug')],
  ['type', field('type')],
  ['path', field('path')],
  ['usable', field('usable')],
  ['paused', (row) => (row['pausedAt'] === null ? 'no' : when(row['pausedAt']))],
  ['verification', field('verification')],
  ['secrets', (row) => String((row['secrets'] as unknown[] | undefined)?.length ?? 0)],
];
export const DESTINATIONS: View = [
  ['name', field('name')],
  ['kind', field('kind')],
  ['paused', (row) => (row['paused'] === true ? text(row['pauseReason'] ?? 'yes') : 'no')],
  ['breaker', inside('breaker', 'state')],
  ['pending', inside('deliveries', 'pending')],
  ['held', inside('deliveries', 'held')],
  ['dead', inside('deliveries', 'dead')],
];
export const BREAKERS: View = [
  ['destination', field('name')],
  ['breaker', inside('breaker', 'state')],
  ['by hand', inside('breaker', 'forced')],
  ['since', (row) => when((row['breaker'] as ApiObject | undefined)?.['since'])],
  ['open until', (row) => when((row['breaker'] as ApiObject | undefined)?.['openUntil'])],
  ['failures', inside('breaker', 'failures')],
];
export const API_KEYS: View = [
  ['id', field('id')],
  ['label', field('label')],
  ['role', field('role')],
  ['begins with', field('prefix')],
  ['created', time('createdAt')],
  ['last used', time('lastUsedAt')],
  ['ends', time('notAfter')],
  ['revoked', time('revokedAt')],
];
export const AUDIT: View = [
  ['at', time('at')],
  ['who', field('actor')],
  ['action', field('action')],
  ['target', (row) => text(row['target'] ?? row['path'])],
  ['result', (row) => text(row['errorCode'] ?? row['statusCode'])],
  ['from', field('address')],
];
