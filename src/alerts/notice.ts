import type { Alert, Severity } from './alert.js';

/** An alert as a notice tells it. */
export interface ToldAlert {
  readonly key: string;
  readonly status: Alert['status'];
  readonly severity: Severity;
  readonly summary: string;
  readonly action: string;
  readonly section: string;
  /** ISO 8601. */
  readonly since: string;
  readonly resolvedAt: string | null;
  readonly count: number;
}

/** What is sent to people, whichever way. Plain data: it waits in a table. */
export type NoticeContent =
  | { readonly kind: 'fired' | 'resolved'; readonly alerts: readonly [ToldAlert] }
  | { readonly kind: 'summary'; readonly alerts: readonly ToldAlert[] }
  | { readonly kind: 'digest'; readonly title: string; readonly lines: readonly string[]; readonly data: unknown };

/** With its id, by which a receiver recognises a repeat. */
export interface Notice {
  readonly id: string;
  readonly content: NoticeContent;
}

/** One alert, in a notice of its own. */
export function noticeOf(alert: Alert): NoticeContent {
  return { kind: alert.status === 'active' ? 'fired' : 'resolved', alerts: [toldAlert(alert)] };
}

/** Several alerts in one notice. */
export function summaryOf(alerts: readonly Alert[]): NoticeContent {
  return { kind: 'summary', alerts: alerts.map(toldAlert) };
}

function toldAlert({ key, status, severity, summary, action, section, since, resolvedAt, count }: Alert): ToldAlert {
  return {
    key,
    status,
    severity,
    summary,
    action,
    section,
    since: since.toISOString(),
    resolvedAt: resolvedAt?.toISOString() ?? null,
    count,
  };
}
