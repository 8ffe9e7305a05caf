import { CommandFailure, EXIT } from '../command-failure.js';
import { printJson } from '../terminal.js';
import type { ApiClient, ApiObject } from './api-client.js';
import { connect } from './connect.js';
import { part, type ApiFlags } from './requests.js';

/** Nobody pastes more than this into a shell. */
const MOST_IN_A_COMMAND = 64 * 1024;

/** What stores a request of a sender's. */
export type Stored = 'events' | 'deliveries' | 'rejections';

/** Where its bytes and its headers are, and how the command that writes its bytes is called. */
interface Place {
  readonly raw: string;
  readonly command: string;
  readonly headers: () => Promise<ApiObject>;
}

async function placeOf(api: ApiClient, kind: Stored, id: string): Promise<Place> {
  if (kind === 'rejections') {
    const path = `/rejections/${part(id)}`;
    const headers = async (): Promise<ApiObject> => (await api.get(`${path}/headers`)).data['headers'] as ApiObject;
    return { raw: `${path}/raw`, command: `rejections raw ${id}`, headers };
  }
  const { data } = await api.get(`/${kind}/${part(id)}`);
  const eventId = String(kind === 'events' ? data['id'] : data['eventId']);
  const path = `/events/${part(eventId)}`;
  const headers = async (): Promise<ApiObject> => {
    const event = kind === 'events' ? data : (await api.get(path)).data;
    return { 'content-type': event['contentType'], ...(event['headers'] as ApiObject) };
  };
  return { raw: `${path}/raw`, command: `events raw ${eventId}`, headers };
}

/** Writes the exact bytes received to stdout; as JSON in base64. */
export async function writeRaw(kind: Stored, id: string, { json }: ApiFlags): Promise<void> {
  const api = connect();
  const bytes = await api.bytes((await placeOf(api, kind, id)).raw);
  if (json) return printJson({ length: bytes.length, base64: bytes.toString('base64') });
  await new Promise<void>((resolve) => process.stdout.write(bytes, () => resolve()));
}

/** Prints a curl command that sends the stored request to `url`: its bytes and the headers that were kept; signatures are not stored to be shown. */
export async function printCurl(kind: Stored, id: string, url: string, { json }: ApiFlags): Promise<void> {
  if (!['http:', 'https:'].includes(URL.parse(url)?.protocol ?? ''))
    throw new CommandFailure(EXIT.usage, `"${url}" is no URL: write http://localhost:4000/path.`);
  const api = connect();
  const place = await placeOf(api, kind, id);
  const bytes = await api.bytes(place.raw);
  const headers = Object.entries(await place.headers()).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[0] !== 'content-length',
  );
  // curl reads "@…" as a file's name, and a terminal obeys control characters.
  const isPlain = bytes[0] !== 0x40 && Buffer.from(bytes.toString()).equals(bytes) && !CONTROLS.test(bytes.toString());
  const body = bytes.length <= MOST_IN_A_COMMAND && isPlain ? ['--data-binary', quoted(bytes.toString())] : undefined;
  const send = [
    'curl -sS -X POST',
    // Without a value curl leaves a header out, unless it ends with ";".
    ...headers.map(([name, value]) => `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`),
    ...(body ?? ['--data-binary', '@-']),
    quoted(url),
  ].join(' ');
  const command = body ? send : `hookyard ${place.command} | ${send}`;
  if (json) printJson({ command });
  else console.log(command);
}

/** All but tab, line feed and carriage return. */
const CONTROLS = /[^\P{Cc}\t\n\r]/u;

/** As one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
