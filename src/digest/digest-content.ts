import { NUMBERS } from '../activity/activity-counts.js';
import type { ActivitySum } from '../activity/activity.store.js';
import { LATENCY_COUNTS } from '../activity/latencies.js';
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
}

interface Row extends DayCounts {
  readonly kind: ActivitySum['kind'];
  readonly name: string;
  readonly unusual: readonly string[];
}

/** The digest of a day: what came in and went out by name, and what was unusual. */
export function digestContent(day: string, { sums, activeAlerts, lostNotices }: DigestFacts): NoticeContent {
  const rows = rowsOf(sums);
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
    ...(activeAlerts.length > 0
      ? ['Active alerts', ...activeAlerts.map((text) => `• ${text}`)]
      : ['No active alerts.']),
    ...(lostNotices > 0 ? ['', `${lostNotices} notices could not be sent: GET /api/v1/alerts/channels`] : []),
  ];
  const data = { day, rows: rows.map(rowData), activeAlerts, lostNotices };
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
