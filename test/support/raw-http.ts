import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Webhook } from './senders.js';
import { until } from './until.js';

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The error's code, where the body is our error body. */
  readonly code: string | undefined;
}

/** A bare TCP connection to an HTTP server: sends what no HTTP client would. Strings travel as Latin-1, a byte a character. */
export class RawConnection {
  private received = Buffer.alloc(0);
  private over = false;
  /** How the connection broke, if it did not end in order. */
  failure: string | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => (this.received = Buffer.concat([this.received, bytes])));
    socket.on('error', (error: Error & { code?: string }) => (this.failure = error.code ?? error.message));
    socket.on('end', () => (this.over = true)).on('close', () => (this.over = true));
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  /** True once the other side has ended or reset it. */
  get isOver(): boolean {
    return this.over;
  }

  write(data: string | Buffer): void {
    if (!this.socket.destroyed) this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  /** The next answer. `bodyless`: what answers HEAD names a length and sends no bytes. */
  async answer({ bodyless = false, withinMs = 10_000 } = {}): Promise<RawAnswer> {
    return until(
      'an answer on the wire',
      () => {
        const answer = this.take(bodyless);
        if (!answer && this.over)
          throw new Error(`the connection ended without an answer: ${this.failure ?? 'closed'}`);
        return answer;
      },
      withinMs,
    );
  }

  /** Resolves when the other side has ended it. */
  async ended(withinMs = 10_000): Promise<void> {
    await until('the server ends the connection', () => this.over, withinMs);
  }

  /** No more bytes from us; the other side may still answer. */
  finish(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  private take(bodyless: boolean): RawAnswer | undefined {
    const headEnd = this.received.indexOf('\r\n\r\n');
    if (headEnd < 0) return undefined;
    const [statusLine = '', ...lines] = this.received.toString('latin1', 0, headEnd).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const status = Number(statusLine.split(' ')[1]);
    const length = bodyless || status < 200 ? 0 : Number(headers['content-length'] ?? 0);
    const end = headEnd + 4 + length;
    if (this.received.length < end) return undefined;
    const text = this.received.toString('utf8', headEnd + 4, end);
    this.received = this.received.subarray(end);
    const code = /"errors":\[\{"code":"([A-Z_]+)"/.exec(text)?.[1];
    return { status, headers, text, code };
  }
}

/** The bytes of a request; `headers` in order, repeats allowed, nothing added. */
export function requestBytes(
  target: string,
  headers: readonly (readonly [name: string, value: string])[],
  body: Buffer | string = '',
  method = 'POST',
): Buffer {
  const head = [
    `${method} ${target} HTTP/1.1`,
    'Host: hookyard.test',
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}

/** The headers of a webhook as pairs, with its length. */
export function wireHeaders({ headers, body }: Webhook): [string, string][] {
  return [...Object.entries(headers), ['Content-Length', String(body.length)]];
}

/** One request on a connection of its own; the answer. */
export async function sendRaw(
  url: string,
  bytes: Buffer | string,
  options?: { bodyless?: boolean },
): Promise<RawAnswer> {
  const connection = await RawConnection.open(url);
  try {
    connection.write(bytes);
    return await connection.answer(options);
  } finally {
    connection.close();
  }
}
