import type { StatusRule, StatusVerdict } from '../config/config.js';

/** Saying it again would be answered the same: the request itself is at fault. */
const REJECTED = new Set([400, 413, 415, 422]);
const GONE = 410;
/** Asks for time; no rule for its class makes it final. */
const TOO_MANY_REQUESTS = 429;

/**
 * What an answer that is no success means, where it does not ask for time: try again, give up, or give up and pause the
 * destination. The destination's own rules come first, the narrowest of them; then 400, 413, 415, 422 (dead) and 410 (pause).
 */
export function verdictOn(statusCode: number, rules: readonly StatusRule[] = []): StatusVerdict {
  if (statusCode === TOO_MANY_REQUESTS) return 'retry';
  let found: StatusRule | undefined;
  for (const rule of rules) {
    const fits = statusCode >= rule.from && statusCode <= rule.to;
    if (fits && (!found || rule.to - rule.from < found.to - found.from)) found = rule;
  }
  if (found) return found.verdict;
  if (statusCode === GONE) return 'pause';
  return REJECTED.has(statusCode) ? 'dead' : 'retry';
}
