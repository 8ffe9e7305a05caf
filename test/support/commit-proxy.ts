import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What to do with the next COMMIT of a handler. */
type Fate = 'pass' | 'lose-the-answer' | 'lose-the-commit';

/** `COMMIT` as a simple query of the Postgres protocol: type, length, text, NUL. */
const COMMIT = Buffer.from('Q\0\0\0\u000bCOMMIT\0', 'latin1');

/** A TCP proxy in front of Postgres that breaks the connection of a handler at its COMMIT: before it arrived, or after. */
export class CommitProxy {
  next: Fate = 'pass';
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly target: URL,
    private readonly server: Server,
  ) {}

  static async start(databaseUrl: string): Promise<CommitProxy> {
    const server = createServer();
    const proxy = new CommitProxy(new URL(databaseUrl), server);
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

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    const upstream = connect(Number(this.target.port), this.target.hostname);
    let isHandlers = false;
    let swallowing = false;
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
    client.on('data', (bytes) => {
      isHandlers ||= bytes.includes('hookyard handlers');
      const fate = isHandlers && bytes.includes(COMMIT) ? this.next : 'pass';
      if (fate !== 'pass') this.next = 'pass';
      if (fate === 'lose-the-commit') return void client.destroy();
      swallowing ||= fate === 'lose-the-answer';
      upstream.write(bytes);
    });
    // The server has answered, so it has committed; the client only sees its connection break.
    upstream.on('data', (bytes) => (swallowing ? client.destroy() : client.write(bytes)));
  }
}
