import { readFileSync } from 'node:fs';
import { Controller, Get, Param, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { HttpError } from '../../errors.js';
import { OpenPagesGuard } from '../access/open-pages.guard.js';

const TYPES = {
  'ui.css': 'text/css; charset=utf-8',
  'main.js': 'text/javascript; charset=utf-8',
  'api.js': 'text/javascript; charset=utf-8',
  'dom.js': 'text/javascript; charset=utf-8',
  'lists.js': 'text/javascript; charset=utf-8',
  'details.js': 'text/javascript; charset=utf-8',
} as const;

/** Scripts and styles from files of ours only, no address but our own, no text that becomes markup, no frame around it. */
const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const page = read('index.html');
const files = new Map<string, { readonly type: string; readonly text: string }>(
  Object.entries(TYPES).map(([name, type]) => [name, { type, text: read(name) }]),
);

function read(name: string): string {
  return readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');
}

/** One page over the API, as files without a build. Open to whoever reaches the port: without a key it shows nothing. */
@Controller('ui')
@UseGuards(OpenPagesGuard)
export class UiController {
  @Get()
  page(@Res() reply: FastifyReply): void {
    void reply.headers(HEADERS).type('text/html; charset=utf-8').send(page);
  }

  @Get(':file')
  file(@Param('file') name: string, @Res() reply: FastifyReply): void {
    const found = files.get(name);
    if (!found) throw new HttpError('NOT_FOUND', 404, 'There is nothing here.');
    void reply.headers(HEADERS).type(found.type).send(found.text);
  }
}
