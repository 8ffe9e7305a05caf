import { alertKey, type Alert, type Identity, type Observation } from './alert.js';

/**
 * What becomes of an alert when its rule has looked: it comes once, lasts while the cause does, is over when the cause has been
 * away for `clearAfterMs`, and comes anew after that. `observation`: what the rule saw; `undefined`: nothing. `now`: the
 * database's. Gives the same object when nothing has changed, `undefined` when there is nothing and was nothing.
 */
export function advanceAlert(
  alert: Alert | undefined,
  observation: Observation | undefined,
  { rule, section, clearAfterMs }: Identity,
  now: Date,
): Alert | undefined {
  if (!observation) return alert && resolveIfOver(alert, clearAfterMs, now);
  const seen = { ...observation, rule, section, key: alertKey(rule, observation.subject), seenAt: now };
  if (alert?.status === 'active') {
    return { ...alert, ...seen, since: alert.since, count: Math.max(alert.count, observation.count) };
  }
  return {
    ...seen,
    status: 'active',
    firings: (alert?.firings ?? 0) + 1,
    resolvedAt: undefined,
    // Back before anybody was told that it was over: nobody needs to hear either.
    told: alert?.told === 'fired' ? 'fired' : 'nothing',
    held: false,
  };
}

function resolveIfOver(alert: Alert, clearAfterMs: number, now: Date): Alert {
  if (alert.status === 'resolved' || now.getTime() - alert.seenAt.getTime() < clearAfterMs) return alert;
  return { ...alert, status: 'resolved', resolvedAt: now, held: false };
}

/** Whether people know less of an alert than there is: that it came, or, where they know that, that it is over. */
export function isUntold({ status, told }: Alert): boolean {
  return status === 'active' ? told !== 'fired' : told === 'fired';
}
