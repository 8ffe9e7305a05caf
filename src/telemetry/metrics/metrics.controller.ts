import { Readable } from 'node:stream';
import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Scrapes } from './scrapes.js';

/** https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** `GET /metrics`, in the Prometheus text format, from every role; on the management port where there is one. */
@Controller('metrics')
export class MetricsController {
  constructor(private readonly scrapes: Scrapes) {}

  @Get()
  async scrape(@Res() reply: FastifyReply): Promise<void> {
    const pieces = await this.scrapes.read();
    const length = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
    reply
      .headers({ 'content-type': CONTENT_TYPE, 'content-length': length, 'cache-control': 'no-store' })
      .send(Readable.from(pieces));
  }
}
