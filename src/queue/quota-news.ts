import { isLow, type Quota } from './quota.js';

const OFTEN_ENOUGH_MS = 10_000;
const STEP_SHARE = 0.05;
/** Past it all are forgotten, and what is said next is news again. */
const MOST_KNOWN = 10_000;

/**
 * Which quotas are worth a write: the first, those that are low, and else one for each twentieth that is used, or every ten
 * seconds. A destination far from its limit costs next to nothing, one that says nothing costs nothing.
 */
export class QuotaNews {
  private readonly told = new Map<number, { readonly quota: Quota; readonly at: number }>();

  constructor(private readonly mostKnown = MOST_KNOWN) {}

  /** How many destinations are remembered. */
  get size(): number {
    return this.told.size;
  }

  /** `now`: of a clock that only goes forward, in ms. Remembers what it calls news. */
  isNews(destinationId: number, quota: Quota, now: number): boolean {
    const last = this.told.get(destinationId);
    const step = Math.max(1, (quota.limit ?? 0) * STEP_SHARE);
    const news =
      !last ||
      isLow(quota) ||
      isLow(last.quota) ||
      Math.abs(last.quota.remaining - quota.remaining) >= step ||
      now - last.at >= OFTEN_ENOUGH_MS;
    if (!last && this.told.size >= this.mostKnown) this.told.clear();
    if (news) this.told.set(destinationId, { quota, at: now });
    return news;
  }
}
