import { isDatabaseAway } from '../database/sql-errors.js';

/**
 * How loud a failure of ours is. A database that is away is one thing wrong with one alert of its own, and everything that fails by it
 * goes on by itself when it is back: WARN. What is left is a bug, or something nobody has thought of: ERROR.
 */
export function failureLevel(error: unknown): 'warn' | 'error' {
  return isDatabaseAway(error) ? 'warn' : 'error';
}
