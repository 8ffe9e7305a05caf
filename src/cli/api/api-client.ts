import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { CommandFailure, EXIT } from '../command-failure.js';

const TIMEOUT_MS = 30_000;
/** Longer than this nobody waits at a prompt. */
const LONGEST_WAIT_S = 60;

/** One object of the API; what it holds is in docs/api.md. */
export type ApiObject = Readonly<Record<string, unknown>>;

/** A page of a list. */
export interface ApiPage {
  readonly next: string | null;
  readonly prev: string | null;
  readonly total: number | null;
  readonly totalIsExact: boolean;
}

interface Answer<T> {
  readonly data: T;
  readonly page?: ApiPage;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export type Query = Readonly<Record<string, string | number | undefined>>;

/** Speaks to the management API as a command does: with a timeout, in words that its user can do something with. */
export class ApiClient {
  constructor(
    private readonly base: URL,
    private readonly token: string,
  ) {}

  /** Where the API is, for messages. */
  get origin(): string {
    return this.base.origin;
  }

  /** @throws CommandFailure for every answer that is not 2xx, and none. */
  async get<T = ApiObject>(path: string, query: Query = {}): Promise<Answer<T>> {
    return this.json<T>('GET', path, query);
  }

  /** `withinMs`: how long its answer may take. @throws CommandFailure like `get` */
  async send<T = ApiObject>(
    method: Exclude<Method, 'GET'>,
    path: string,
    body?: unknown,
    withinMs = TIMEOUT_MS,
  ): Promise<Answer<T>> {
    return this.json<T>(method, path, {}, body, withinMs);
  }

  /** The bytes of an answer that is no JSON. */
  async bytes(path: string): Promise<Buffer> {
    return (await this.call('GET', path, {})).body;
  }

  /**
   * A live stream's body; it has no end of its own. `signal` ends it.
   * @throws CommandFailure like `get`
   */
  async stream(query: Query, lastId: string | undefined, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const headers = { ...this.headers(), ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
    const { statusCode, body } = await this.reach(() =>
      request(this.url('/stream', query), { headers, signal, headersTimeout: TIMEOUT_MS, bodyTimeout: 60_000 }),
    );
    if (statusCode !== 200) throw failure(statusCode, Buffer.from(await body.arrayBuffer()), this.origin);
    return body;
  }

  private async json<T>(method: Method, path: string, query: Query, body?: unknown, withinMs = TIMEOUT_MS) {
    const answer = await this.call(method, path, query, body, withinMs);
    const parsed = parse(answer.body);
    if (parsed !== undefined && 'data' in parsed) return parsed as unknown as Answer<T>;
    throw new CommandFailure(EXIT.failed, `${this.origin} is not Hookyard: it answered no JSON of ours.`, HINT_URL);
  }

  private async call(
    method: Method,
    path: string,
    query: Query,
    body?: unknown,
    withinMs = TIMEOUT_MS,
    mayWait = true,
  ): Promise<{ readonly body: Buffer }> {
    const headers = { ...this.headers(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const signal = AbortSignal.timeout(withinMs);
    const answer = await this.reach(async () => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await request(this.url(path, query), { method, headers, signal, ...sent });
      return { ...response, bytes: Buffer.from(await response.body.arrayBuffer()) };
    });
    if (answer.statusCode >= 200 && answer.statusCode < 300) return { body: answer.bytes };
    const after = Number(answer.headers['retry-after']);
    if (answer.statusCode === 429 && mayWait && after > 0 && after <= LONGEST_WAIT_S) {
      console.error(`Too many requests; waiting ${after} s, as the router asks.`);
      await sleep(after * 1_000);
      return this.call(method, path, query, body, withinMs, false);
    }
    throw failure(answer.statusCode, answer.bytes, this.origin);
  }

  private headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}`, 'user-agent': 'hookyard-cli' };
  }

  private url(path: string, query: Query): URL {
    const url = new URL(`${this.base.pathname.replace(/\/$/, '')}/api/v1${path}`, this.base);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    return url;
  }

  private async reach<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof CommandFailure) throw error;
      const why = whyUnreachable(error as NodeJS.ErrnoException);
      throw new CommandFailure(EXIT.failed, `The router at ${this.origin} cannot be reached: ${why}.`, HINT_URL);
    }
  }
}

const HINT_URL =
  'HOOKYARD_URL says where it is (default: this machine, PORT); "hookyard doctor" looks what is wrong here.';

function whyUnreachable({ code = '', name, message }: NodeJS.ErrnoException): string {
  if (name === 'TimeoutError') return 'no answer in time';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO')
    return 'it does not speak https; write http:// instead';
  if (code === 'UND_ERR_SOCKET' || name === 'HTTPParserError') return `what answers there speaks no HTTP, or broke off`;
  return WHY[code] ?? (code || message);
}

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no host has this name',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNRESET: 'the connection broke off',
  CERT_HAS_EXPIRED: 'its certificate has ended',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is signed by nobody known here; NODE_EXTRA_CA_CERTS names a file of others',
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is signed by nobody known here; NODE_EXTRA_CA_CERTS names a file of others',
};

function parse(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function failure(status: number, bytes: Buffer, origin: string): CommandFailure {
  const errors = (parse(bytes) as Partial<Answer<unknown>> | undefined)?.errors ?? [];
  const said = errors.map(({ code, message }) => `${message} (${code})`).join('\n') || `${origin} answered ${status}.`;
  switch (status) {
    case 400:
      return new CommandFailure(EXIT.usage, said);
    case 401:
      return new CommandFailure(
        EXIT.notAllowed,
        said,
        'HOOKYARD_TOKEN must hold a key of this router that is not revoked.',
      );
    case 403:
      return new CommandFailure(EXIT.notAllowed, said);
    case 404:
      // No object is missing, but the endpoint.
      if (errors.length === 0 || errors.some(({ code }) => code === 'NOT_FOUND'))
        return new CommandFailure(
          EXIT.failed,
          `${origin} has no such endpoint: it is no Hookyard, an older one, or HOOKYARD_URL has a path too many.`,
          HINT_URL,
        );
      return new CommandFailure(EXIT.notFound, said);
    case 409:
      // Whatever key is given: a file, a variable or code has the say.
      if (errors.some(({ code }) => code === 'DECLARED_ELSEWHERE' || code === 'DESTINATION_DECLARED'))
        return new CommandFailure(EXIT.notAllowed, said);
      return new CommandFailure(EXIT.failed, said);
    case 429:
      return new CommandFailure(EXIT.failed, said, 'Wait, and try again.');
    default:
      return new CommandFailure(EXIT.failed, said);
  }
}
