import { CommandFailure, EXIT } from '../command-failure.js';
import type { ApiClient, ApiObject } from './api-client.js';
import { connect } from './connect.js';
import { part } from './requests.js';

/** Nobody pastes more than this into a shell. */
const MOST_IN_A_COMMAND = 64 * 1024;

/** The event of an event's or a delivery's id. */
async function eventOf(api: ApiClient, kind: 'events' | 'deliveries', id: string): Promise<ApiObject> {
  const { data } = await api.get(`/${kind}/${part(id)}`);
  return kind === 'events' ? data : (await api.get(`/events/${part(String(data['eventId']))}`)).data;
}

/** Writes the exact bytes received to stdout. */
export async function writeRaw(kind: 'events' | 'deliveries', id: string): Promise<void> {
  const api = connect();
  const { id: eventId } = await eventOf(api, kind, id);
  const bytes = await api.bytes(`/events/${part(String(eventId))}/raw`);
  await new Promise<void>((resolve) => process.stdout.write(bytes, () => resolve()));
}

/** Prints a curl command that sends the stored request to `url`: its bytes and the headers that were kept; signatures are not stored to be shown. */
export async function printCurl(kind: 'events' | 'deliveries', id: string, url: string): Promise<void> {
  if (!URL.canParse(url)) throw new CommandFailure(EXIT.usage, `"${url}" is no URL.`);
  const api = connect();
  const event = await eventOf(api, kind, id);
  const bytes = await api.bytes(`/events/${part(String(event['id']))}/raw`);
  const kept = { 'content-type': event['contentType'], ...(event['headers'] as ApiObject) };
  const headers = Object.entries(kept).filter(
    ([name, value]) => typeof value === 'string' && name !== 'content-length',
  );
  const isText = bytes[0] !== 0x40 && Buffer.from(bytes.toString()).equals(bytes) && !bytes.includes(0);
  const body = bytes.length <= MOST_IN_A_COMMAND && isText ? ['--data-binary', quoted(bytes.toString())] : undefined;
  const send = [
    'curl -sS -X POST',
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${String(value)}`)}`),
    ...(body ?? ['--data-binary', '@-']),
    quoted(url),
  ].join(' ');
  console.log(body ? send : `hookyard events raw ${String(event['id'])} | ${send}`);
}

/** As one word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
