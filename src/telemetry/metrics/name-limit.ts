/** Stands for every name past the limit; no source and no destination can be called so. */
const OTHERS = '(others)';

/**
 * How many sources, or destinations, have series of their own. First come, first served; the rest are counted together. Names
 * come from the configuration, but the API can make and remove them for years, and each costs memory and a part of every scrape.
 */
export class NameLimit {
  private readonly known = new Set<string>();

  constructor(private readonly most: number) {}

  /** The name to count under: its own, or the one for all others. */
  labelFor(name: string): string {
    if (this.known.has(name)) return name;
    if (this.known.size >= this.most) return OTHERS;
    this.known.add(name);
    return name;
  }
}
