import type { NameLimit } from './name-limit.js';

/** What one metric counts apart: a value of `T` for each set of labels that was seen. */
export class LabelSets<Label extends string, T> {
  private sets = new Map<string, T>();

  /**
   * @param names Of the labels. The first one's values are names of the configuration, kept to `limit`; those of the others come
   *   from lists in code.
   * @param make Gives the first value of a set of labels; `labels` is how they stand in the exposition, without braces.
   */
  constructor(
    private readonly names: readonly Label[],
    private readonly make: (labels: string) => T,
    private readonly limit?: NameLimit,
  ) {}

  /** The value of these labels; made if there is none. */
  at(labels: Readonly<Record<Label, string>>): T {
    const [first, ...rest] = this.names;
    const name = first === undefined ? '' : (this.limit?.labelFor(labels[first]) ?? labels[first]);
    let key = name;
    for (const label of rest) key += `\0${labels[label]}`;
    const known = this.sets.get(key);
    if (known !== undefined) return known;
    const text = this.names.map((label, n) => `${label}="${escaped(n === 0 ? name : labels[label])}"`);
    const made = this.make(text.join(','));
    this.sets.set(key, made);
    return made;
  }

  /** Forgets all. Whoever is reading `values()` goes on with what there was, and sees no set twice. */
  clear(): void {
    this.sets = new Map();
  }

  /** Those there are; sets that are added meanwhile come too. */
  values(): IterableIterator<T> {
    return this.sets.values();
  }
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#comments-help-text-and-type-information */
function escaped(value: string): string {
  return value.replaceAll(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`));
}
