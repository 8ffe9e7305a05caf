import type { Silence } from '../../config/config.js';
import { MONITOR_NAME } from '../../config/monitor-schema.js';
import type { SourceFacts } from '../facts/source-facts.js';
import { CLEAR_AFTER_MS, type Rule } from '../rule.js';

const HOUR_MS = 3_600_000;
/** Less than this says nothing about a source's habits. */
const LEAST_HISTORY_MS = 72 * HOUR_MS;
const LEAST_EVENTS = 50;

/** A source has sent nothing genuine for longer than it may. */
export const sourceSilent: Rule<readonly SourceFacts[]> = {
  rule: 'source_silent',
  section: 'a-source-is-silent',
  clearAfterMs: CLEAR_AFTER_MS,
  observe: (facts, { now, settings: { silentSources } }) =>
    facts.flatMap((source) => {
      const { name, silentSince } = source;
      const lastAt = source.lastAt ?? silentSince;
      // What was usual is forgotten while it lasts, so an alert lasts until something comes.
      const silence = silentSources.bySource.get(name) ?? silentSources.default;
      const isStillSilent = silentSince !== null && lastAt !== null && lastAt <= silentSince && silence !== 'off';
      const limitMs = silenceLimitMs(source, silence);
      if (name === MONITOR_NAME || lastAt === null || !(isStillSilent || isLonger(now, lastAt, limitMs))) return [];
      return [
        {
          subject: name,
          severity: 'warning',
          summary: `${name} has sent nothing for longer than it may.`,
          action: `GET /api/v1/rejections?source=${name}; then look into the sender's dashboard: is the webhook still on?`,
          since: lastAt,
          count: 1,
        },
      ];
    }),
};

function isLonger(now: Date, lastAt: Date, limitMs: number | undefined): boolean {
  return limitMs !== undefined && now.getTime() - lastAt.getTime() > limitMs;
}

/** How long this source may be silent; `undefined`: it is not known, or nobody wants to know. Automatic: twice its longest gap, an hour at least. */
export function silenceLimitMs(
  { historyMs, events, longestGapMs }: Pick<SourceFacts, 'historyMs' | 'events' | 'longestGapMs'>,
  silence: Silence,
): number | undefined {
  if (silence === 'off') return undefined;
  if (silence !== 'auto') return silence;
  const isKnown = historyMs >= LEAST_HISTORY_MS && events >= LEAST_EVENTS;
  return isKnown ? Math.max(2 * longestGapMs, HOUR_MS) : undefined;
}
