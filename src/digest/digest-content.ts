import { NUMBERS } from '../activity/activity-counts.js';
import type { ActivitySum } from '../activity/activity.store.js';
import { LATENCY_COUNTS } from '../activity/latencies.js';
import { MONITOR_NAME } from '../config/monitor-schema.js';
import type { NoticeContent } from '../alerts/notice.js';
import { latencyText } from './latency-text.js';
import { p95Ms, unusual, type DayCounts } from './unusual.js';

/** What the digest says beside the counts. */
export interface DigestFacts {
  /** Span 0 is the day, 1 to 7 are the days before. */
  readonly sums: readonly ActivitySum[];
  /** One sentence each. */
  readonly activeAlerts: readonly string[];
  /** Notices of the day that were given up. */
  readonly lostNotices: number;
  /** Runs of the synthetic monitor of the day; `undefined`: none. */
  readonly monitor?: MonitorDay | undefined;
}

/** A day of the synthetic monitor. */
export interface MonitorDay {
  readonly passed: number;
  readonly failed: number;
  /** From receipt to handling. */
  readonly p95Ms: number | null;
}

interface Row extends DayCounts {
  readonly kind: ActivitySum['kind'];
  readonly name: string;
  readonly unusual: readonly string[];
}

/** The digest of a day: what came in and went out by name, and what was unusual. */
export function digestContent(day: string, { sums, activeAlerts, lostNotices, monitor }: DigestFacts): NoticeContent {
  // The monitor's events are nobody's business: they have a line of their own.
  const rows = rowsOf(sums.filter(({ name }) => name !== MONITOR_NAME));
  const section = (kind: Row['kind'], title: string, line: (row: Row) => string): string[] => {
    const own = rows.filter((row) => row.kind === kind);
    return own.length === 0
      ? []
      : [title, ...own.flatMap((row) => [line(row), ...row.unusual.map((text) => `  ⚠ ${text}`)]), ''];
  };
  const lines = [
    ...(rows.length === 0 ? ['Nothing came in, nothing went out.', ''] : []),
    ...section('source', 'Sources', sourceLine),
    ...section('destination', 'Destinations', destinationLine),
    ...(monitor ? [monitorLine(monitor), ''] : []),
    ...(activeAlerts.length > 0
      ? ['Active alerts', ...activeAlerts.map((text) => `• ${text}`)]
      : ['No active alerts.']),
    ...(lostNotices > 0 ? ['', `${lostNotices} notices could not be sent: GET /api/v1/alerts/channels`] : []),
  ];
  const data = { day, rows: rows.map(rowData), activeAlerts, lostNotices, ...(monitor ? { monitor } : {}) };
  return { kind: 'digest', title: `Hookyard: digest of ${day}`, lines, data };
}

function rowsOf(sums: readonly ActivitySum[]): Row[] {
  const names = new Map(sums.map(({ kind, name }) => [`${kind} ${name}`, { kind, name }]));
  return [...names.values()].map(({ kind, name }) => {
    const own = sums.filter((sum) => sum.kind === kind && sum.name === name);
    const { span: _span, ...today } = own.find(({ span }) => span === 0) ?? { ...nothing(), kind, name, span: 0 };
    const week = own.filter(({ span }) => span > 0);
    return { ...today, unusual: unusual(today, week) };
  });
}

function nothing(): DayCounts {
  const none = Object.fromEntries(NUMBERS.map((number) => [number, 0])) as Record<(typeof NUMBERS)[number], number>;
  return { ...none, latencies: Array<number>(LATENCY_COUNTS).fill(0) };
}

function monitorLine({ passed, failed, p95Ms: ms }: MonitorDay): string {
  const took = ms === null ? '' : `, p95 ${latencyText(ms)}`;
  return `Monitor: ${passed} of ${passed + failed} webhooks of its own came through${took}`;
}

function sourceLine({ name, received, duplicates, refused, ...row }: Row): string {
  return `${name}: ${received} received, ${duplicates} duplicates, ${refused} rejected${p95Text(row)}`;
}

function destinationLine({ name, delivered, retries, dead, ...row }: Row): string {
  return `${name}: ${delivered} delivered, ${retries} retries, ${dead} dead${p95Text(row)}`;
}

function p95Text(row: Pick<Row, 'latencies'>): string {
  const ms = p95Ms(row);
  return ms === undefined ? '' : `, p95 ${latencyText(ms)}`;
}

function rowData({ latencies, ...row }: Row): object {
  const ms = p95Ms({ latencies });
  return { ...row, p95Ms: ms === Infinity ? null : (ms ?? null) };
}
