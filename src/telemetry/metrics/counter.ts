import { LabelSets } from './label-sets.js';
import { numberText, type Metric } from './metric.js';
import type { NameLimit } from './name-limit.js';

/** Only grows, from nought at the start of the process. */
export class Counter<Label extends string> implements Metric {
  readonly type = 'counter';
  private readonly sets: LabelSets<Label, { readonly head: string; value: number }>;

  constructor(
    readonly name: string,
    readonly help: string,
    labels: readonly Label[],
    limit?: NameLimit,
  ) {
    this.sets = new LabelSets(labels, (text) => ({ head: `${name}{${text}} `, value: 0 }), limit);
  }

  /** Adds one, or `by`. */
  inc(labels: Readonly<Record<Label, string>>, by = 1): void {
    this.sets.at(labels).value += by;
  }

  *lines(): Generator<string> {
    for (const { head, value } of this.sets.values()) yield `${head}${numberText(value)}\n`;
  }
}
