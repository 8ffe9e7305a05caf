import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailure, EXIT } from '../command-failure.js';
import type { ApiClient, Query } from './api-client.js';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.js';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/**
 * The live stream without an end: what breaks off is taken up again where it was, in growing waits while nobody answers. `lost` hears why.
 * @throws CommandFailure for what trying again cannot mend: a wrong filter, position or key; and when nobody answers the first time.
 */
export async function* followStream(
  api: ApiClient,
  query: Query,
  { from, signal, lost }: { from: string | undefined; signal: AbortSignal; lost: (why: string) => void },
): AsyncGenerator<ServerSentEvent> {
  let position = from;
  let waitMs = FIRST_WAIT_MS;
  let wasThere = false;
  let lastWhy: string | undefined;
  // While nobody answers the reason stays the same: it is said once.
  const say = (why: string): void => {
    if (why !== lastWhy) lost(why);
    lastWhy = why;
  };
  while (!signal.aborted) {
    try {
      const body = await api.stream(query, position, signal);
      wasThere = true;
      lastWhy = undefined;
      for await (const event of readServerSentEvents(body)) {
        waitMs = FIRST_WAIT_MS;
        position = event.id ?? position;
        if (event.name !== 'end') yield event;
        else if (event.data?.includes('key_ended')) throw new CommandFailure(EXIT.notAllowed, 'The key was revoked.');
      }
      say('the router ended the stream');
    } catch (error) {
      if (signal.aborted) return;
      const isFinal = error instanceof CommandFailure && (error.exitCode !== EXIT.failed || !wasThere);
      if (isFinal) throw error;
      say((error instanceof Error ? error.message : String(error)).replace(/\.$/, ''));
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}
