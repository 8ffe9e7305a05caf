import { isUntold } from './advance-alert.js';
import type { Alert } from './alert.js';

/** What people are to be told now, and the alerts as they are after that. */
export interface Telling {
  /** Each in a notice of its own. */
  readonly single: readonly Alert[];
  /** All in one notice; empty, or two at least. */
  readonly together: readonly Alert[];
  /** Those whose `told` or `held` has changed. */
  readonly changed: readonly Alert[];
}

/** More at once are told in one notice: when a network is away, thirty destinations are, and one message says it better. */
const MOST_SINGLE = 3;

/**
 * Decides what to tell. In the quiet hours only what is critical; what they held back comes in one notice after them, as far as
 * it still stands: what came and went meanwhile is not told at all.
 */
export function tell(alerts: readonly Alert[], isQuiet: boolean): Telling {
  const untold = alerts.filter(isUntold);
  const isHeldBack = (alert: Alert): boolean => isQuiet && alert.severity !== 'critical';
  const held = untold.filter((alert) => isHeldBack(alert) && !alert.held).map((alert) => ({ ...alert, held: true }));
  const due = untold.filter((alert) => !isHeldBack(alert));
  const tellOne = (alert: Alert): Alert => ({
    ...alert,
    told: alert.status === 'active' ? 'fired' : 'resolved',
    held: false,
  });
  const isTogether = due.length > MOST_SINGLE || (due.length > 1 && due.some((alert) => alert.held));
  return {
    single: isTogether ? [] : due.map(tellOne),
    together: isTogether ? due.map(tellOne) : [],
    changed: [...held, ...due.map(tellOne)],
  };
}
