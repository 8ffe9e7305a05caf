import { LabelSets } from './label-sets.js';
import { numberText, type Metric } from './metric.js';
import type { NameLimit } from './name-limit.js';

interface Observed {
  readonly labels: string;
  /** How many fell into each bucket, and not into one before it; the last one has no upper bound. */
  readonly buckets: number[];
  sum: number;
}

/** How values are spread over buckets. */
export class Histogram<Label extends string> implements Metric {
  readonly type = 'histogram';
  private readonly sets: LabelSets<Label, Observed>;
  /** How the bucket's label stands in the exposition. */
  private readonly bounds: readonly string[];

  /** @param upTo The buckets' upper bounds, ascending; a value equal to one belongs to it. */
  constructor(
    readonly name: string,
    readonly help: string,
    labels: readonly Label[],
    private readonly upTo: readonly number[],
    limit?: NameLimit,
  ) {
    this.bounds = [...upTo, Infinity].map((bound) => `,le="${numberText(bound)}"} `);
    const empty = (): number[] => Array.from<number>({ length: upTo.length + 1 }).fill(0);
    this.sets = new LabelSets(labels, (text) => ({ labels: text, buckets: empty(), sum: 0 }), limit);
  }

  observe(labels: Readonly<Record<Label, string>>, value: number): void {
    const observed = this.sets.at(labels);
    let bucket = 0;
    while (bucket < this.upTo.length && value > (this.upTo[bucket] as number)) bucket += 1;
    (observed.buckets[bucket] as number) += 1;
    observed.sum += value;
  }

  *lines(): Generator<string> {
    const { name, bounds } = this;
    for (const { labels, buckets, sum } of this.sets.values()) {
      const head = `${name}_bucket{${labels}`;
      let text = '';
      let count = 0;
      for (const [n, bound] of bounds.entries()) {
        count += buckets[n] as number;
        text += `${head}${bound}${count}\n`;
      }
      yield `${text}${name}_sum{${labels}} ${numberText(sum)}\n${name}_count{${labels}} ${count}\n`;
    }
  }
}
