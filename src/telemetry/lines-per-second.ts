/** Keeps a flood of equal things from becoming a flood of log lines: so many a second, the rest are counted. */
export class LinesPerSecond {
  private second = 0;
  private taken = 0;
  private leftOut = 0;

  /** `onMore` hears, with the next line of a later second, how many were left out. */
  constructor(
    private readonly most: number,
    private readonly onMore: (count: number) => void,
  ) {}

  /** Whether this one may be a line. */
  take(): boolean {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.second) {
      const { leftOut } = this;
      [this.second, this.taken, this.leftOut] = [second, 0, 0];
      if (leftOut > 0) this.onMore(leftOut);
    }
    if (this.taken >= this.most) {
      this.leftOut += 1;
      return false;
    }
    this.taken += 1;
    return true;
  }
}
