import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configureSource } from '../sources/configure-source.js';
import type { InboundRequest, SourceDescription } from '../sources/source.js';
import { signedRequest } from './signed-request.js';

/** A webhook as its sender sends it, and what Hookyard should make of it. Captured from real traffic, without anybody's data. */
export interface SourceFixture {
  /** Completes "names …", e.g. `an order`. */
  readonly name: string;
  /** A signature header may be present: it is signed again, under that name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as `JSON.stringify` writes it. Give this or `rawBody`. */
  readonly body?: unknown;
  /** Sent as it is: for pretty-printed bodies, forms, and numbers that JavaScript would round. */
  readonly rawBody?: string;
  /** Default: the scheme's example secret. Not for schemes whose keys come in pairs. */
  readonly secret?: string;
  /** Where it was sent, for senders that sign that; see `SignedRequestOptions`. */
  readonly url?: string;
  /** The source's options, as in hookyard.yaml; they are checked and applied. */
  readonly options?: unknown;
  readonly expected: ExpectedEvent;
  /** Of a body that holds several events: those after the first, in order. */
  readonly more?: readonly ExpectedEvent[];
}

/** A handshake as its sender sends it, and the answer that it wants. */
export interface HandshakeFixture {
  /** Completes “answers …”, e.g. `the verification of a URL`. */
  readonly name: string;
  /** `GET`: `url` has the query. `POST`: signed by the test. `unsigned`: a POST that nobody signs. */
  readonly kind: 'GET' | 'POST' | 'unsigned';
  readonly headers?: Readonly<Record<string, string>>;
  readonly url?: string;
  /** Sent as `JSON.stringify` writes it. Give this or `rawBody`; none for a GET. */
  readonly body?: unknown;
  readonly rawBody?: string;
  /** The source's options, as in hookyard.yaml; they are checked and applied. */
  readonly options?: unknown;
  readonly answer: { readonly status: number; readonly body?: string };
}

/** What an event should hold; `null` means: nothing. What is left out is not looked at. Dates as `toISOString` writes them. */
export interface ExpectedEvent {
  readonly type: string;
  readonly externalId: string;
  readonly subject?: string | null;
  readonly tenant?: string | null;
  readonly occurredAt?: string | null;
  readonly apiVersion?: string | null;
  readonly livemode?: boolean | null;
  readonly bodyFormat?: 'json' | 'form' | 'binary';
}

/** The fixtures in a folder, one per JSON file, in the order of their names. Empty when there is no such folder. */
export function readFixtures(folder: URL | string): SourceFixture[] {
  return readAll(folder) as SourceFixture[];
}

/** The same for handshakes, which have a folder of their own. */
export function readHandshakes(folder: URL | string): HandshakeFixture[] {
  return readAll(folder) as HandshakeFixture[];
}

function readAll(folder: URL | string): unknown[] {
  const path = typeof folder === 'string' ? folder : fileURLToPath(folder);
  return fileNames(path).map((name) => JSON.parse(readFileSync(`${path}/${name}`, 'utf8')) as unknown);
}

/** The exact bytes of a fixture's body. */
export function fixtureBody({ rawBody, body }: Pick<SourceFixture, 'rawBody' | 'body'>): Buffer {
  return Buffer.from(rawBody ?? (body === undefined ? '' : JSON.stringify(body)));
}

/** The secret that verifies a fixture. */
export function fixtureSecret(description: SourceDescription, { secret }: SourceFixture): string {
  return secret ?? description.scheme.exampleSecret(description.type);
}

/** A genuine request made of a fixture. */
export function fixtureRequest(description: SourceDescription, fixture: SourceFixture, now: Date): InboundRequest {
  const { secret, headers, url } = fixture;
  return signedRequest(description, { body: fixtureBody(fixture), secret, headers, url, now });
}

/** The description of the source that a fixture was sent to. Throws on options that the type refuses. */
export function fixtureDescription(
  description: SourceDescription,
  { options }: Pick<SourceFixture, 'options'>,
): SourceDescription {
  return options === undefined ? description : configureSource(description, description.options?.parse(options));
}

function fileNames(path: string): string[] {
  try {
    return readdirSync(path)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
