import type { ApiObject } from '../api/api-client.js';
import { connect } from '../api/connect.js';
import { followStream } from '../api/follow-stream.js';
import { untilInterrupted } from '../api/until-interrupted.js';
import { text, when } from '../api/views.js';
import { styled } from '../terminal.js';

/** The flags of `hookyard tail`: parameters of the stream, and how it is printed. */
export interface TailFlags {
  readonly only?: string;
  readonly source?: string;
  readonly sourceType?: string;
  readonly type?: string;
  readonly destination?: string;
  readonly status?: string;
  readonly since?: string;
  readonly json?: boolean;
}

/** Prints the live stream until it is interrupted; then says on stderr where it was. @throws CommandFailure when it cannot begin. */
export async function tail({ since, json, ...query }: TailFlags): Promise<void> {
  const api = connect();
  let position = since;
  await untilInterrupted(async (signal) => {
    const lost = (why: string): void => console.error(styled('dim', `(${why}; coming back)`));
    for await (const { name, data, id } of followStream(api, query, { from: since, signal, lost })) {
      if (position === undefined && id !== undefined) console.error(styled('dim', `(listening to ${api.origin})`));
      position = id ?? position;
      if (data === undefined) continue;
      const object = JSON.parse(data) as ApiObject;
      console.log(json ? JSON.stringify({ kind: name, ...object }) : line(name, object));
    }
  });
  if (position !== undefined) console.error(styled('dim', `(to go on here: --since ${position})`));
}

function line(kind: string, object: ApiObject): string {
  switch (kind) {
    case 'event': {
      const { receivedAt, source, type, id } = object;
      return `${when(receivedAt)}  event     ${text(source)}  ${styled('bold', text(type))}  ${text(id)}`;
    }
    case 'delivery': {
      const { settledAt, createdAt, destination, status, attempts, lastStatusCode, lastErrorClass, id } = object;
      const last = lastStatusCode ?? lastErrorClass;
      const how = status === 'delivered' ? 'green' : status === 'dead' ? 'red' : 'yellow';
      const tries = `${text(attempts)} attempt${attempts === 1 ? '' : 's'}${last === null ? '' : `, ${text(last)}`}`;
      return `${when(settledAt ?? createdAt)}  delivery  ${text(destination)}  ${styled(how, text(status))}  ${tries}  ${text(id)}`;
    }
    default: {
      const { since, destination, state, paused, openUntil } = object;
      const until = state === 'open' && openUntil !== null ? ` until ${when(openUntil)}` : '';
      const pause = paused === true ? ', paused' : '';
      return `${when(since)}  breaker   ${text(destination)}  ${styled(state === 'open' ? 'red' : 'green', text(state))}${until}${pause}`;
    }
  }
}
