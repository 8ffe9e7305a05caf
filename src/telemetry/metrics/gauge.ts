import { LabelSets } from './label-sets.js';
import { numberText, type Metric } from './metric.js';

/** What is so at the moment; one without labels is nought until it is set. */
export class Gauge<Label extends string> implements Metric {
  readonly type = 'gauge';
  private readonly sets: LabelSets<Label, { readonly head: string; value: number }>;

  constructor(
    readonly name: string,
    readonly help: string,
    labels: readonly Label[],
  ) {
    this.sets = new LabelSets(labels, (text) => ({ head: text === '' ? `${name} ` : `${name}{${text}} `, value: 0 }));
    if (labels.length === 0) this.sets.at({} as Record<Label, string>);
  }

  set(labels: Readonly<Record<Label, string>>, value: number): void {
    this.sets.at(labels).value = value;
  }

  /** Forgets every label set: one that is gone leaves no last value behind. */
  reset(): void {
    this.sets.clear();
  }

  *lines(): Generator<string> {
    for (const { head, value } of this.sets.values()) yield `${head}${numberText(value)}\n`;
  }
}
