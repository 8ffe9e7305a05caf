import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { HttpError } from '../../errors.js';
import { bearerKey } from '../access/api-key.js';
import { Describes } from '../openapi/describes.js';
import { LiveStream } from './live-stream.js';
import { StreamClient } from './stream-client.js';
import { readPosition } from './stream-position.js';
import { streamQuery, type StreamQuery } from './stream-query.js';

/** What happens, as it happens. */
@Controller('api/v1/stream')
export class StreamController {
  constructor(private readonly streams: LiveStream) {}

  /**
   * Server-sent events: `event`, `delivery` and `breaker`, each with the object that its list shows. With `Last-Event-ID` first what was missed.
   * It ends with `end` and a reason, and is to be asked for again.
   */
  @Get()
  @Describes({ summary: 'What happens, as it happens, as server-sent events', mediaType: 'text/event-stream' })
  stream(
    @Query({ schema: streamQuery }) query: StreamQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    const token = request.headers['last-event-id'];
    const from = typeof token === 'string' && token !== '' ? readPosition(token) : undefined;
    if (token !== undefined && token !== '' && from === undefined) {
      throw new HttpError('INVALID_CURSOR', 400, 'Last-Event-ID is not one that this stream gave out.');
    }
    if (!this.streams.hasRoom) {
      throw new HttpError('TOO_MANY_STREAMS', 503, 'This process has as many streams as it takes.', {
        'retry-after': '5',
      });
    }
    reply.hijack();
    const client = new StreamClient(reply.raw, query, bearerKey(request.headers.authorization) ?? '');
    void this.streams.add(client, from);
  }
}
