import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy in front of Postgres, so that one test's database can go away and come back while the others' stays: `cut`
 * refuses, as a server that is down does; `blackHole` swallows, as a lost network does.
 */
export class DatabaseProxy {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private server: Server | undefined;
  private swallowing = false;
  /** Connections asked for so far. */
  asked = 0;

  private constructor(
    private readonly target: URL,
    private port: number,
  ) {}

  /** A proxy that answers, or with `up: false` one whose port is known but shut. */
  static async start(databaseUrl: string, { up = true } = {}): Promise<DatabaseProxy> {
    const proxy = new DatabaseProxy(new URL(databaseUrl), 0);
    await proxy.answer();
    if (!up) await proxy.cut();
    return proxy;
  }

  /** The database, as seen through the proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  /** Passes everything on, as at first. Connections that met the black hole are lost. */
  async answer(): Promise<void> {
    if (this.swallowing) this.dropAll();
    this.swallowing = false;
    if (this.server) return;
    this.server = createServer({ pauseOnConnect: true }, (client) => this.join(client));
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Ends every connection and refuses new ones. */
  async cut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.dropAll();
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    await closed;
  }

  /** Takes connections and bytes, passes nothing on, in either direction. */
  blackHole(): void {
    this.swallowing = true;
    for (const [client, upstream] of this.pairs) {
      client.unpipe(upstream).resume();
      upstream.unpipe(client).resume();
    }
  }

  /** Ends the proxy. */
  async stop(): Promise<void> {
    await this.cut();
  }

  private join(client: Socket): void {
    this.asked += 1;
    const upstream = connect(Number(this.target.port), this.target.hostname);
    const pair = [client, upstream] as const;
    this.pairs.add(pair);
    for (const end of pair) {
      end.on('error', () => undefined);
      end.on('close', () => {
        this.pairs.delete(pair);
        client.destroy();
        upstream.destroy();
      });
    }
    if (this.swallowing) {
      client.resume();
      return;
    }
    client.pipe(upstream).pipe(client);
  }

  private dropAll(): void {
    for (const [client, upstream] of this.pairs) {
      client.destroy();
      upstream.destroy();
    }
  }
}
