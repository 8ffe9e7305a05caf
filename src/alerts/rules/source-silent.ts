import type { Silence } from '../../config/config.js';
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
      const { name, lastAt } = source;
      const limitMs = silenceLimitMs(source, silentSources.bySource.get(name) ?? silentSources.default);
      if (lastAt === null || limitMs === undefined || now.getTime() - lastAt.getTime() <= limitMs) return [];
      return [
        {
          subject: name,
          severity: 'warning',
          summary: `${name} has sent nothing for longer than ${Math.round(limitMs / 60_000)} min.`,
          action: `GET /api/v1/rejections?source=${name}; then look into the sender's dashboard: is the webhook still on?`,
          since: lastAt,
          count: 1,
        },
      ];
    }),
};

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
