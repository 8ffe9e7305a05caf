import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request that the router made to a destination. */
export interface Arrival {
  /** Which destination: the path without its slash. */
  readonly destination: string;
  /** `webhook-id`: the event, the same on every attempt. */
  readonly eventId: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** What it was answered; `undefined` while (or because) it got no answer. */
  status: number | undefined;
}

/** A real HTTP server that plays the destinations, each under its own path. */
export class Receiver {
  readonly arrivals: Arrival[] = [];
  private readonly held: { arrival: Arrival; response: ServerResponse }[] = [];
  private holding = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
    /** Decides the answer to the n-th request (from 1) for one event at a destination. */
    private readonly answer: (destination: string, nth: number) => number,
  ) {}

  static async start(answer: (destination: string, nth: number) => number): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const receiver = new Receiver(server, url, answer);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => {
        const { headers, url: path = '/' } = request;
        const [destination, eventId] = [path.slice(1), String(headers['webhook-id'])];
        receiver.take({ destination, eventId, headers, body: Buffer.concat(chunks), status: undefined }, response);
      });
    });
    return receiver;
  }

  /** From now on requests are taken and not answered. */
  hold(): void {
    this.holding = true;
  }

  /** Answers again. What was held is answered too, if whoever asked is still there. */
  release(): void {
    this.holding = false;
    for (const { arrival, response } of this.held.splice(0)) this.reply(arrival, response);
  }

  /** How many requests wait for an answer. */
  get waiting(): number {
    return this.held.length;
  }

  /** What arrived for one event at one destination, in order. */
  at(destination: string, eventId: string | undefined): Arrival[] {
    return this.arrivals.filter((arrival) => arrival.destination === destination && arrival.eventId === eventId);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private take(arrival: Arrival, response: ServerResponse): void {
    this.arrivals.push(arrival);
    if (this.holding) this.held.push({ arrival, response });
    else this.reply(arrival, response);
  }

  private reply(arrival: Arrival, response: ServerResponse): void {
    if (response.destroyed) return;
    arrival.status = this.answer(arrival.destination, this.at(arrival.destination, arrival.eventId).length);
    response.writeHead(arrival.status, { 'content-type': 'text/plain' }).end('ok');
  }
}
