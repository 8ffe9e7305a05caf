/** A metric of ours: what it is called, and the lines of its series, each label set's apart. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /**
   * The lines of one label set after the other, each line ended. Those of one set belong to one moment, the sets need not: who
   * reads may take a pause between them.
   */
  readonly lines: () => Iterable<string>;
}

/** A number as the exposition wants it. */
export function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
