import { advanceAlert } from './advance-alert.js';
import { alertKey, type Alert, type Identity, type Observation } from './alert.js';
import type { AnyLookout, Judging } from './rule.js';

/** What one rule saw; a rule whose facts could not be read saw nothing, which is not the same as seeing that all is well. */
export interface Judgement {
  readonly rule: Identity;
  readonly observations: readonly Observation[];
}

/** Reads the facts of each lookout and judges them; one whose facts cannot be read is left out, and `onFailure` hears of it. */
export async function judge(
  lookouts: readonly AnyLookout[],
  judging: Judging,
  onFailure: (error: Error) => void,
): Promise<Judgement[]> {
  const judged: Judgement[] = [];
  // One after the other: the watch holds one connection at most.
  for (const { read, rules } of lookouts) {
    try {
      const facts = await read();
      judged.push(...rules.map((rule) => ({ rule, observations: rule.observe(facts, judging) })));
    } catch (error) {
      onFailure(error as Error);
    }
  }
  return judged;
}

/**
 * Every alert that these judgements change. `alerts`: as they stand, those of other rules too; `isOwn`: whether an alert's absence
 * may be judged here (of what is local, each host judges its own).
 */
export function advanceAll(
  alerts: readonly Alert[],
  judgements: readonly Judgement[],
  isOwn: (alert: Alert) => boolean,
  now: Date,
): Alert[] {
  const byKey = new Map(alerts.map((alert) => [alert.key, alert]));
  return judgements.flatMap(({ rule, observations }) => {
    const seen = new Set(observations.map(({ subject }) => alertKey(rule.rule, subject)));
    const advanced = observations.map((observation) =>
      advanceAlert(byKey.get(alertKey(rule.rule, observation.subject)), observation, rule, now),
    );
    const gone = alerts.filter((alert) => alert.rule === rule.rule && !seen.has(alert.key) && isOwn(alert));
    const ended = gone.map((alert) => advanceAlert(alert, undefined, rule, now));
    return [...advanced, ...ended].filter((alert) => alert !== undefined && alert !== byKey.get(alert.key)) as Alert[];
  });
}
