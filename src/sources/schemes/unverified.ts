import type { Scheme } from './scheme.js';
import { makeScheme } from './scheme.js';

/**
 * For a sender that proves nothing: every request passes. `because` is required, is shown as a warning at each start and is
 * what a reviewer greps for; give the reason and what protects the endpoint instead. Throws a `TypeError` when it is blank.
 */
export function unverified({ because }: { readonly because: string }): Scheme {
  if (because.trim() === '') throw new TypeError('unverified() needs a reason: unverified({ because: "…" })');
  return makeScheme({
    name: 'unverified',
    covers: 'nothing',
    headers: [],
    secretHeaders: [],
    needsSecret: false,
    signsBody: false,
    signsTime: false,
    because,
    secretProblem: () => 'this source type uses no secret',
    exampleSecret: () => '',
    check: () => ({ outcome: 'ok', secretIndex: -1 }),
    sign: () => ({}),
  });
}
