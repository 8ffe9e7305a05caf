import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { BacklogGauges } from './backlog-gauges.js';
import { Metrics } from './metrics.js';

/** `GET /metrics`, in the Prometheus text format, from every role; on the management port where there is one. */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly backlog: BacklogGauges,
  ) {}

  @Get()
  async scrape(@Res() reply: FastifyReply): Promise<void> {
    await this.backlog.refresh();
    reply
      .headers({ 'content-type': this.metrics.registry.contentType, 'cache-control': 'no-store' })
      .send(await this.metrics.registry.metrics());
  }
}
