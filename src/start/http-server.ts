import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { StartupError, type HttpErrorCode } from '../errors.js';
import { errorBody } from '../http-error.filter.js';
import { requireStorable } from '../operations/storable-body.js';

const INGRESS_ROUTE = '/webhooks/:source';
const INGRESS_MEDIA_TYPE = 'application/x-hookyard-ingress';
const API_BODY_LIMIT_BYTES = 1024 * 1024;
/** What is ours beside the ingress; an application may have paths of its own, and decides about them itself. */
const OUR_PATHS = /^\/(api|health|metrics|ui)(?=[/?]|$)/;
/** Nothing of what we answer there is kept, framed, sniffed or embedded. No CORS headers: no page of another origin reads an answer. */
const GUARDED = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Of both ports. A sender must have said what it wants in half a minute; a balancer keeps idle connections for a minute. */
const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 75_000 };
const CHECKED_EVERY_MS = 2_000;
/** Of the management port: more than probes, scrapers, people and their streams need; others are closed at once. */
const MOST_MANAGEMENT_CONNECTIONS = 512;
/** On the management port, where answers can be large: a client that takes nothing for so long is cut off. Streams beat more often. */
const TAKES_NOTHING_MS = 60_000;

/** What is asked of a request of the management API before its body is read. Open until the application is made. */
export class ApiGate {
  /** Rejects for a request that may not come in. */
  admit: (request: FastifyRequest) => Promise<unknown> = () => Promise.resolve();
}

/** Requests that came in through the management port. */
const fromManagementPort = new WeakSet<IncomingMessage>();

/**
 * Fastify, set up for strangers: slow senders are cut off, and a webhook's body reaches the intake unread. Fastify would
 * refuse a body by its content type, or parse it, before any controller runs; so on the ingress route every request gets one
 * content type of ours, whose parser does nothing. What the sender said is still in the raw headers. And what is refused at the
 * management API's `gate` is answered with its body unread.
 */
export function createAdapter(config: Config, gate: ApiGate): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: API_BODY_LIMIT_BYTES,
    trustProxy:
      config.http.trustProxy === true ? true : config.http.trustProxy === false ? false : [...config.http.trustProxy],
    requestTimeout: TIMEOUTS.requestTimeout,
    keepAliveTimeout: TIMEOUTS.keepAliveTimeout,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    http: { headersTimeout: TIMEOUTS.headersTimeout, connectionsCheckingInterval: CHECKED_EVERY_MS },
    clientErrorHandler: refuseBrokenRequest,
    frameworkErrors: refuseBadPath,
    exposeHeadRoutes: false,
  });
  const fastify = adapter.getInstance();
  fastify.addContentTypeParser(INGRESS_MEDIA_TYPE, (_request, _payload, done) => done(null, undefined));
  fastify.addHook('onRequest', (request, reply, done) => {
    const isIngress = request.routeOptions.url === INGRESS_ROUTE;
    if (isIngress) request.raw.headers['content-type'] = INGRESS_MEDIA_TYPE;
    else if (request.is404 || OUR_PATHS.test(request.url)) void reply.headers(GUARDED);
    const separate = config.http.managementPort !== config.http.port;
    // Each port answers only for its own half; and of what is not there no body is read.
    const isNothing = request.is404 && request.url.startsWith('/api');
    if (isNothing || (separate && isIngress === fromManagementPort.has(request.raw))) {
      return closingIfLarge(request, reply)
        .code(404)
        .type('application/json')
        .send(errorBody('NOT_FOUND', 'There is nothing here.'));
    }
    done();
  });
  fastify.addHook('onRoute', (route) => {
    if (route.url.startsWith('/api/v1')) {
      route.onRequest = async (request, reply) => {
        await gate.admit(request).catch((error: unknown) => {
          closingIfLarge(request, reply);
          throw error;
        });
      };
      route.preValidation = (request, _reply, done) => {
        requireStorable(request.body);
        done();
      };
    }
  });
  return adapter;
}

/** For a request that is refused with its body unread: more may come than is worth reading only to throw it away. */
function closingIfLarge({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const isLarge =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > API_BODY_LIMIT_BYTES;
  return isLarge ? reply.header('connection', 'close') : reply;
}

/** Opens the management port, if it is one of its own; both ports lead into the same Fastify. */
export async function listenForManagement(config: Config, adapter: FastifyAdapter): Promise<Server | undefined> {
  if (config.http.managementPort === config.http.port) return undefined;
  const fastify = adapter.getInstance();
  const timeouts = { ...TIMEOUTS, connectionsCheckingInterval: CHECKED_EVERY_MS };
  const server = createServer(timeouts, (request, response) => {
    fromManagementPort.add(request);
    fastify.routing(request, response);
  });
  server.maxConnections = MOST_MANAGEMENT_CONNECTIONS;
  server.setTimeout(TAKES_NOTHING_MS);
  server.on('clientError', refuseBrokenRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(config.http.managementPort, config.http.host, () => resolve());
  }).catch(listenFailed('HOOKYARD_MANAGEMENT_PORT', config.http.managementPort, config.http.host));
  return server;
}

/**
 * Turns what `listen` rejects with into a start that is called off with advice; anything else is passed on.
 * @throws StartupError LISTEN_FAILED
 */
export function listenFailed(variable: 'PORT' | 'HOOKYARD_MANAGEMENT_PORT', port: number, host: string) {
  return (error: NodeJS.ErrnoException): never => {
    const problem = {
      EADDRINUSE: `${variable}: port ${port} is taken on ${host}; end what listens there, or set another ${variable}`,
      EACCES: `${variable}: this user may not listen on port ${port}; set ${variable} to one above 1023`,
      EADDRNOTAVAIL: `HOST: ${host} is no address of this machine; 0.0.0.0 listens on all`,
    }[error.code ?? ''];
    throw problem === undefined ? error : new StartupError('LISTEN_FAILED', [problem]);
  };
}

/** A path that cannot be decoded, or is too long, is refused before any filter of ours; Fastify's own text would repeat it. */
function refuseBadPath(error: { readonly statusCode?: number }, _request: FastifyRequest, reply: FastifyReply): void {
  const body = errorBody('BAD_REQUEST', 'The request cannot be understood.');
  void reply
    .code(error.statusCode ?? 400)
    .type('application/json')
    .send(body);
}

/** What is not HTTP, or too large or too slow to be a request, gets a short answer in our shape and a closed connection. */
function refuseBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || socket.destroyed || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, reason, code]: [number, string, HttpErrorCode] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'Request Timeout', 'REQUEST_TIMEOUT']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? [431, 'Request Header Fields Too Large', 'HEADERS_TOO_LARGE']
        : [400, 'Bad Request', 'BAD_REQUEST'];
  const body = errorBody(code, `${reason}.`);
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}
