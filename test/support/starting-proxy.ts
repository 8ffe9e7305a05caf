import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** An ErrorResponse of the Postgres protocol: the server runs, and takes nobody yet. */
const STARTING_UP = ((): Buffer => {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0');
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
})();

/** A TCP proxy in front of Postgres that can turn away whoever comes, as a server that recovers does, or hang up on them. */
export class StartingProxy {
  /** Connections asked for so far. */
  asked = 0;
  private mode: 'pass' | 'starting' | 'hang-up' = 'pass';
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly target: URL,
    private readonly server: Server,
  ) {}

  static async start(databaseUrl: string): Promise<StartingProxy> {
    const server = createServer();
    const proxy = new StartingProxy(new URL(databaseUrl), server);
    server.on('connection', (client) => proxy.join(client));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** Ends every connection; new ones get what the mode says. */
  become(mode: 'pass' | 'starting' | 'hang-up'): void {
    this.mode = mode;
    if (mode !== 'pass') for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    this.asked += 1;
    client.on('error', () => undefined);
    if (this.mode === 'hang-up') return void client.destroy();
    if (this.mode === 'starting') return void client.once('data', () => client.end(STARTING_UP));
    const upstream = connect(Number(this.target.port), this.target.hostname);
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          this.sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
    }
    client.pipe(upstream).pipe(client);
  }
}
