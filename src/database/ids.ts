import { v7 } from 'uuid';
import { pooledRandom } from '../pooled-random.js';

/** Public prefixes, so that an id in a log or a bug report says what it names. */
export type IdPrefix = 'evt' | 'dlv' | 'rej' | 'key' | 'aud' | 'rpl' | 'era' | 'iss' | 'ntc' | 'mon' | 'req';

const ID_BYTES = 16;

const last = { msecs: 0, seq: 0 };

/** A new time-sortable id (UUID version 7, RFC 9562), as stored. Those of one process sort in the order they were made in. */
export function newId(): string {
  const random = pooledRandom(ID_BYTES);
  const now = Date.now();
  if (now > last.msecs) {
    last.msecs = now;
    // The highest bit is room for the ids that follow in this millisecond, or while a clock that was set back catches up.
    last.seq = random.readUInt32BE(6) >>> 1;
  } else {
    last.seq = (last.seq + 1) >>> 0;
    if (last.seq === 0) last.msecs += 1;
  }
  return v7({ random, msecs: last.msecs, seq: last.seq });
}

/** How a stored id is shown: `evt_` and 32 hex digits. */
export function publicId(prefix: IdPrefix, id: string): string {
  return `${prefix}_${id.replaceAll('-', '')}`;
}

/** The stored form of a public id, or `undefined` when the text is not one. */
export function storedId(prefix: IdPrefix, text: string): string | undefined {
  const hex = new RegExp(`^${prefix}_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$`).exec(text);
  return hex ? hex.slice(1).join('-') : undefined;
}
