import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { OpenPagesGuard } from '../access/open-pages.guard.js';

/** The document and its page, made once; a class so that Nest can inject it. */
export class OpenApi {
  constructor(
    readonly document: string,
    readonly page: string,
  ) {}
}

/** What the management API can do. Open to whoever reaches the port: it says nothing that the source code does not. */
@Controller('api')
@UseGuards(OpenPagesGuard)
export class OpenApiController {
  constructor(private readonly openApi: OpenApi) {}

  @Get('openapi.json')
  document(@Res() reply: FastifyReply): void {
    void reply.type('application/json').send(this.openApi.document);
  }

  @Get('docs')
  page(@Res() reply: FastifyReply): void {
    void reply
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
      .type('text/html; charset=utf-8')
      .send(this.openApi.page);
  }
}
