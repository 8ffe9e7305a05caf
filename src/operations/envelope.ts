import type { Page } from './page.js';

/** The body of every successful answer of the management API. */
export interface Envelope<T> {
  readonly status: 'ok';
  readonly data: T;
  readonly errors: readonly never[];
  /** Lists only. */
  readonly page?: Page;
}

/** Wraps one thing, or a list with its page. */
export function ok<T>(data: T, page?: Page): Envelope<T> {
  return page ? { status: 'ok', data, errors: [], page } : { status: 'ok', data, errors: [] };
}
