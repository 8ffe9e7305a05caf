import { All, Controller, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { closeUnlessComplete } from './close-unless-complete.js';
import { IntakeService } from './intake.service.js';

/** Where providers call. Every method is taken here, so that a wrong one gets a clear 405; some sources answer a GET. */
@Controller()
export class IntakeController {
  constructor(private readonly intake: IntakeService) {}

  @All('webhooks/:source')
  async receive(
    @Param('source') slug: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    closeUnlessComplete(request.raw, reply.raw);
    const { status, contentType, body } = await this.intake.accept(slug, request.raw);
    reply.code(status);
    if (contentType !== undefined) reply.header('content-type', contentType);
    // An echoed text must never be taken for a page.
    if (contentType !== 'application/json') reply.header('x-content-type-options', 'nosniff');
    reply.send(body);
  }
}
