import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** A destination that speaks TLS, and remembers who called. */
export class TlsReceiver {
  readonly received: { readonly client: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];
  /** Server names that were asked for. */
  readonly names: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(options: ServerOptions): Promise<TlsReceiver> {
    const server = createServer(options);
    const receiver = new TlsReceiver(server);
    server.on('tlsClientError', () => undefined);
    server.on('secureConnection', (socket: TLSSocket) => receiver.names.push(String(socket.servername)));
    server.on('request', (request, response) => {
      const socket = request.socket as TLSSocket;
      receiver.received.push({
        client: socket.getPeerCertificate().subject?.CN?.toString(),
        headers: request.headers,
      });
      request.resume().on('end', () => response.writeHead(200).end());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
