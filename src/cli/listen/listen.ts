import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, ApiObject } from '../api/api-client.js';
import { connect } from '../api/connect.js';
import { followStream } from '../api/follow-stream.js';
import { part } from '../api/requests.js';
import { untilInterrupted } from '../api/until-interrupted.js';
import { text } from '../api/views.js';
import { CommandFailure, EXIT } from '../command-failure.js';
import { styled } from '../terminal.js';
import { forwarder, type Forward, type Forwarded } from './forward.js';
import { Place, stateFile } from './place.js';

/** The flags of `hookyard listen`. */
export interface ListenFlags {
  readonly source: string;
  readonly type?: string;
  readonly secret?: string;
  readonly unsigned?: boolean;
  readonly fromNow?: boolean;
  readonly state?: string;
  readonly config?: string;
  readonly load?: string;
  readonly json?: boolean;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/**
 * Forwards a source's events to `url`, one after the other, and prints what it answered, until it is interrupted. Whatever goes away, router or
 * receiver, is waited for; its place is in a file. @throws CommandFailure when it cannot begin.
 */
export async function listen(url: string, flags: ListenFlags): Promise<void> {
  const target = URL.parse(url);
  if (target === null || !['http:', 'https:'].includes(target.protocol))
    throw new CommandFailure(
      EXIT.usage,
      `"${url}" is not where webhooks can be sent: write http://localhost:4000/path.`,
    );
  const api = connect();
  const { data: source } = await api.get(`/sources/${part(flags.source)}`);
  const forward = await forwarder(target, String(source['type']), flags);
  const name = [api.origin, flags.source, flags.type ?? '*', target.href].join(' ');
  const place = new Place(flags.state ?? stateFile(process.env), name);
  if (flags.fromNow) place.forget();
  const note = (message: string): void => console.error(styled('dim', `(${message})`));
  await untilInterrupted(async (signal) => {
    const query = { only: 'event', source: flags.source, type: flags.type };
    const lost = (why: string): void => note(`${why}; coming back`);
    let isListening = false;
    for await (const { data, id } of followStream(api, query, { from: place.from, signal, lost })) {
      if (data !== undefined) {
        const event = JSON.parse(data) as ApiObject;
        const eventId = String(event['id']);
        if (!place.isDone(eventId)) {
          const result = await untilAnswered(() => forwardOne(api, event, forward), signal, note);
          if (result === undefined) return;
          place.did(eventId);
          say(event, result, flags.json);
        }
      } else if (id !== undefined) {
        place.reached(id);
        if (!isListening) note(`forwarding ${flags.source} from ${api.origin} to ${target.href}`);
        isListening = true;
      }
    }
  });
}

/** @returns a text where there is nothing to forward any more. */
async function forwardOne(api: ApiClient, event: ApiObject, forward: Forward): Promise<Forwarded | string> {
  try {
    return await forward(event, await api.bytes(`/events/${part(String(event['id']))}/raw`));
  } catch (error) {
    if (error instanceof CommandFailure && /BODY_GONE|EVENT_NOT_FOUND/.test(error.message)) return 'no longer stored';
    throw error;
  }
}

/** Again and again, in growing waits: the place in the stream is held meanwhile. `undefined`: interrupted. */
async function untilAnswered<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  note: (why: string) => void,
): Promise<T | undefined> {
  for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof CommandFailure && error.exitCode !== EXIT.failed) throw error;
      if (waitMs === FIRST_WAIT_MS) note(`${(error as Error).message} Waiting for it`);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

function say(event: ApiObject, result: Forwarded | string, json: boolean | undefined): void {
  const { id, type, externalId } = event;
  const answered = typeof result === 'string' ? { skipped: result } : result;
  if (json) return console.log(JSON.stringify({ id, type, externalId, ...answered }));
  const how =
    typeof result === 'string'
      ? styled('yellow', result)
      : `${styled(result.status < 300 ? 'green' : 'red', String(result.status))}  ${result.milliseconds} ms`;
  console.log(`${how}  ${text(type)}  ${text(id)}`);
}
