/**
 * What a filter is, for those who hold one: a question about an event, compiled once, that is asked many times. Asking is
 * pure, runs none of the filter's or the document's text as code, and ends after a fixed amount of work.
 */

/** What a filter may look at. */
export interface FilterDocument {
  /** The source's slug. */
  readonly source: string;
  readonly sourceType: string;
  readonly type: string;
  readonly subject: string | undefined;
  readonly tenant: string | undefined;
  readonly livemode: boolean | undefined;
  /** Those that the source keeps; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body, as `parseBody` gives it: integers that a number would round are texts of their digits. */
  readonly data: unknown;
}

/**
 * A filter's answer. `no` names the first condition that did not hold (a path in the filter, no values). `failed`: it could
 * not be answered, which is neither yes nor no.
 */
export type FilterAnswer =
  | { readonly answer: 'yes' }
  | { readonly answer: 'no'; readonly condition: string }
  | { readonly answer: 'failed'; readonly reason: string };

/** One condition of a filter; all of a filter's must hold. */
export interface Condition {
  /** Where it stands in the filter, e.g. `data.amount.$gt`. */
  readonly where: string;
  /** Whether it holds for a value: the document, or an element under `$elemMatch`. @throws when it cannot be said. */
  readonly holds: (value: unknown, work: Work) => boolean;
}

/** A compiled filter; see `compileFilter`. */
export interface Filter {
  readonly conditions: readonly Condition[];
}

/** A filter that cannot be answered; the message says why, and holds no value. */
class FilterFailure extends Error {}

/**
 * How much a filter may still do, in steps of very roughly 5 ns. Counted, not timed: the same filter and document give the
 * same answer on every machine, and no timer could interrupt a running function anyway.
 */
export class Work {
  constructor(public left: number) {}

  /** @throws when there is not so much left. */
  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw new FilterFailure('the event is too large for this filter');
  }
}

/** For one filter and one event: some 10 ms at worst, enough for 200,000 values. */
const STEPS_PER_FILTER = 2_000_000;

/** For all filters of one event together, so that many filters and one hostile body cannot stop intake for seconds. */
export const STEPS_PER_EVENT = 20_000_000;

/** Asks a filter. `allowance`: what the event's filters may still do; it is used up by what this one does. Never throws. */
export function askFilter({ conditions }: Filter, document: FilterDocument, allowance: Work): FilterAnswer {
  const given = Math.min(STEPS_PER_FILTER, allowance.left);
  const work = new Work(given);
  try {
    for (const { where, holds } of conditions) if (!holds(document, work)) return { answer: 'no', condition: where };
    return { answer: 'yes' };
  } catch (error) {
    const reason = error instanceof FilterFailure ? error.message : `it failed with ${(error as Error).name}`;
    return { answer: 'failed', reason };
  } finally {
    allowance.left -= given - Math.max(0, work.left);
  }
}

/** Stands for a stored filter that this build cannot compile: no answer of it is ever yes or no. */
export function unusableFilter(reason: string): Filter {
  const holds = (): never => {
    throw new FilterFailure(reason);
  };
  return { conditions: [{ where: '', holds }] };
}
