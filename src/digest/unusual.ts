import type { ActivitySum } from '../activity/activity.store.js';
import { quantileMs } from '../activity/latencies.js';
import { latencyText } from './latency-text.js';

/** On fewer days of the last week nothing is usual yet. */
const LEAST_DAYS = 3;
/** Differences smaller than these are chance. */
const LEAST_EVENTS = 20;
const LEAST_SLOWER_MS = 50;

const AMOUNTS = { received: 'received', delivered: 'delivered' } as const;
const TROUBLES = { refused: 'rejected', conflicts: 'conflicts', retries: 'retries', dead: 'dead' } as const;

/** A day's counts of one name; `span` and order do not matter here. */
export type DayCounts = Omit<ActivitySum, 'span' | 'kind' | 'name'>;

/** The 95th percentile of a day's latencies. */
export function p95Ms({ latencies }: Pick<ActivitySum, 'latencies'>): number | undefined {
  return quantileMs(latencies, 0.95);
}

/**
 * What was unusual in a day, against the days of the week before on which there was anything: half or twice of what usually comes
 * or goes, more trouble than on any of these days, twice as slow. One short sentence each.
 */
export function unusual(day: DayCounts, week: readonly DayCounts[]): string[] {
  if (week.length < LEAST_DAYS) return [];
  const found: string[] = [];
  for (const [key, word] of Object.entries(AMOUNTS) as ['received' | 'delivered', string][]) {
    const usual = median(week.map((one) => one[key]));
    const isOff = day[key] < usual / 2 || day[key] > usual * 2;
    if (isOff && Math.abs(day[key] - usual) >= LEAST_EVENTS) found.push(`${day[key]} ${word}, usually about ${usual}`);
  }
  for (const [key, word] of Object.entries(TROUBLES) as [keyof typeof TROUBLES, string][]) {
    const most = Math.max(...week.map((one) => one[key]));
    if (day[key] > 2 * most + 5) found.push(`${day[key]} ${word}, at most ${most} on the days before`);
  }
  const slow = p95Ms(day);
  const usually = median(week.flatMap((one) => p95Ms(one) ?? []));
  if (slow !== undefined && slow > usually * 2 && slow - usually >= LEAST_SLOWER_MS) {
    found.push(`p95 ${latencyText(slow)}, usually ${latencyText(usually)}`);
  }
  return found;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
