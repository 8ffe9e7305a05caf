import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';

const agent = new Agent();

/** What the demo looks at of an event. */
export interface EventView {
  readonly id: string;
  readonly externalId: string;
  readonly type: string;
  readonly deliveries?: readonly DeliveryView[];
}

/** What the demo looks at of a delivery. */
export interface DeliveryView {
  readonly id: string;
  readonly eventId: string;
  readonly destination: string;
  readonly status: string;
  readonly waitingFor: string | null;
  readonly attempts: number;
  readonly attemptList?: readonly { readonly outcome: string; readonly statusCode: number | null }[];
}

interface Listed<T> {
  readonly data: T[];
  readonly page: { readonly next: string | null; readonly total: number };
}

/** What the demo looks at of a destination. */
export interface DestinationView {
  readonly breaker: { readonly state: 'open' | 'closed'; readonly failures: number; readonly failedProbes: number };
}

/** The router's management API, as an operator with the key sees it. */
export class ManagementApi {
  private constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  static async open(url: string, keyFile: string): Promise<ManagementApi> {
    return new ManagementApi(url, (await readFile(keyFile, 'utf8')).trim());
  }

  /** Everything in a list, page by page. */
  async all<T>(path: '/events' | '/deliveries', query: Readonly<Record<string, string>> = {}): Promise<T[]> {
    const found: T[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const parameters = new URLSearchParams({ ...query, limit: '200', ...(cursor ? { cursor } : {}) });
      const listed: Listed<T> = await this.json(`${path}?${parameters.toString()}`);
      found.push(...listed.data);
      cursor = listed.page.next;
    }
    return found;
  }

  /** How many there are. */
  async count(path: '/events' | '/deliveries', query: Readonly<Record<string, string>> = {}): Promise<number> {
    const parameters = new URLSearchParams({ ...query, limit: '1' });
    return (await this.json<Listed<unknown>>(`${path}?${parameters.toString()}`)).page.total;
  }

  async event(id: string): Promise<EventView> {
    return (await this.json<{ data: EventView }>(`/events/${id}`)).data;
  }

  async delivery(id: string): Promise<DeliveryView> {
    return (await this.json<{ data: DeliveryView }>(`/deliveries/${id}`)).data;
  }

  async destination(name: string): Promise<DestinationView> {
    return (await this.json<{ data: DestinationView }>(`/destinations/${name}`)).data;
  }

  /** The bytes of the webhook as the router stored them. */
  async raw(id: string): Promise<Buffer> {
    return this.get(`/events/${id}/raw`);
  }

  private async json<T>(path: string): Promise<T> {
    return JSON.parse((await this.get(path)).toString()) as T;
  }

  private async get(path: string): Promise<Buffer> {
    const response = await request(`${this.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${this.key}` },
      dispatcher: agent,
      headersTimeout: 10_000,
      bodyTimeout: 10_000,
    });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    if (response.statusCode !== 200) throw new Error(`GET ${path}: ${response.statusCode} ${bytes.toString()}`);
    return bytes;
  }
}
