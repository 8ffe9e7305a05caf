import { Injectable } from '@nestjs/common';
import { BacklogGauges } from './backlog-gauges.js';
import { expose } from './exposition.js';
import { Metrics } from './metrics.js';

/** However many ask, and however often, this process writes its metrics down once in this time. */
const FRESH_FOR_MS = 1_000;

/** What scrapers are answered. */
@Injectable()
export class Scrapes {
  private latest: Promise<readonly Buffer[]> | undefined;

  constructor(
    private readonly metrics: Metrics,
    private readonly backlog: BacklogGauges,
  ) {}

  /** The metrics in Prometheus' text format, a second old at most. Several who ask get the same. */
  read(): Promise<readonly Buffer[]> {
    this.latest ??= this.write().finally(() => {
      const latest = this.latest;
      setTimeout(() => {
        if (this.latest === latest) this.latest = undefined;
      }, FRESH_FOR_MS).unref();
    });
    return this.latest;
  }

  private async write(): Promise<readonly Buffer[]> {
    await this.backlog.refresh();
    const ofNode = Buffer.from(await this.metrics.ofNode.metrics());
    return [ofNode, ...(await expose(this.metrics.all))];
  }
}
