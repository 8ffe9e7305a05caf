import { publicId } from '../database/ids.js';
import type { Recorded } from '../events/new-event.js';
import type { Reply } from '../sources/reply.js';
import type { SourceDescription } from '../sources/source.js';

/**
 * What a sender is told when its request is on disk: what its type says it wants to hear, else a tiny JSON. Never an echo:
 * Telegram carries out an answer that has a `method`.
 */
export function acknowledge({ reply }: SourceDescription, recorded: readonly Recorded[]): Reply {
  if (reply !== undefined) return reply;
  const [only, ...others] = recorded;
  const accepted = recorded.filter(({ status }) => status === 'accepted').length;
  const body =
    only !== undefined && others.length === 0
      ? { id: publicId('evt', only.id), status: only.status }
      : { status: 'accepted', accepted, duplicates: recorded.length - accepted };
  return { status: 200, contentType: 'application/json', body: JSON.stringify(body) };
}
