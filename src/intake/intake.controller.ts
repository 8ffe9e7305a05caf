import { All, Controller, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { closeUnlessComplete } from './close-unless-complete.js';
import { IntakeService } from './intake.service.js';

/** Where providers call. Every method is taken here, so that a wrong one gets a clear 405. */
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
    const acknowledgement = await this.intake.accept(slug, request.raw);
    reply.code(200).header('content-type', 'application/json').send(JSON.stringify(acknowledgement));
  }
}
