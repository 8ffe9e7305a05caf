import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { TestCertificate } from './certificates.js';

/** A real egress proxy that only tunnels (CONNECT), on loopback. Names go where `routes` says, everything else to itself. */
export class EgressProxy {
  /** `host:port` as asked for, of every CONNECT. */
  readonly asked: string[] = [];
  /** Requests that were no CONNECT. */
  forwarded = 0;
  /** `Proxy-Authorization` that it insists on. */
  credentials: string | undefined;
  /** Answered instead of 200. */
  refuseWith: number | undefined;
  /** Takes CONNECT and says nothing. */
  isSilent = false;
  /** `host:port` → local port. */
  readonly routes = new Map<string, number>();
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly scheme: 'http' | 'https',
  ) {}

  static async start(certificate?: TestCertificate): Promise<EgressProxy> {
    const server = certificate ? createTlsServer({ cert: certificate.cert, key: certificate.key }) : createServer();
    const proxy = new EgressProxy(server as Server, certificate ? 'https' : 'http');
    server.on('connection', (socket: Socket) => proxy.watch(socket));
    server.on('tlsClientError', () => undefined);
    server.on('request', (_request, response) => {
      proxy.forwarded += 1;
      response.writeHead(400).end('this proxy only tunnels');
    });
    server.on('connect', (request: IncomingMessage, socket: Socket) => proxy.tunnel(request, socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private watch(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
  }

  private tunnel(request: IncomingMessage, socket: Socket): void {
    socket.on('error', () => undefined);
    this.asked.push(request.url ?? '');
    if (this.isSilent) return;
    const authorized =
      this.credentials === undefined ||
      request.headers['proxy-authorization'] === `Basic ${Buffer.from(this.credentials).toString('base64')}`;
    const status = authorized ? this.refuseWith : 407;
    const [host = '', port = '80'] = (request.url ?? '').split(':');
    const localPort = this.routes.get(request.url ?? '') ?? (host === '127.0.0.1' ? Number(port) : undefined);
    if (status !== undefined || localPort === undefined) {
      socket.end(`HTTP/1.1 ${status ?? 502} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(localPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    this.watch(upstream);
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  }
}
