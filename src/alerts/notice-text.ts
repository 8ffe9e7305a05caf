import type { NoticeContent, ToldAlert } from './notice.js';

const RUNBOOK = 'docs/operating.md';

/** A notice for people: what, since when, how many, what to do. Plain text, at most `limit` UTF-16 units. */
export function noticeText(content: NoticeContent, limit: number): string {
  return shorten(linesOf(content), limit);
}

function linesOf(content: NoticeContent): string[] {
  if (content.kind === 'digest') return [content.title, '', ...content.lines];
  if (content.kind === 'summary') {
    const active = content.alerts.filter(({ status }) => status === 'active');
    const over = content.alerts.filter(({ status }) => status === 'resolved');
    return [
      `Hookyard: ${active.length} active, ${over.length} over`,
      ...active.flatMap((alert) => ['', mark(alert) + alert.summary, ...detailsOf(alert)]),
      ...(over.length > 0 ? ['', 'Over:', ...over.map(({ summary }) => `✅ ${summary}`)] : []),
    ];
  }
  const [alert] = content.alerts;
  return content.kind === 'fired'
    ? [mark(alert) + alert.summary, '', ...detailsOf(alert)]
    : [`✅ Over: ${alert.summary}`, '', `From ${time(alert.since)} to ${time(alert.resolvedAt ?? '')}`];
}

function mark({ severity }: ToldAlert): string {
  return severity === 'critical' ? '🔴 ' : '🟠 ';
}

function detailsOf({ since, count, action, section }: ToldAlert): string[] {
  return [
    `Since: ${time(since)}${count > 1 ? `, ${count >= 10_000 ? 'at least ' : ''}${count} times` : ''}`,
    `Do: ${action}`,
    `Runbook: ${RUNBOOK}#${section}`,
  ];
}

function time(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** Whole lines as long as they fit, and how many do not. A single line that is too long is cut between characters. */
function shorten(lines: readonly string[], limit: number): string {
  const whole = lines.join('\n');
  if (whole.length <= limit) return whole;
  const room = limit - 30;
  let text = '';
  let taken = 0;
  for (const line of lines) {
    if (text.length + line.length + 1 > room) break;
    text += `${line}\n`;
    taken += 1;
  }
  if (text === '') return cut(whole, limit);
  return `${text}… and ${lines.length - taken} more lines`;
}

function cut(text: string, limit: number): string {
  let end = limit - 1;
  // Not through a surrogate pair.
  if (/[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1;
  return `${text.slice(0, end)}…`;
}
