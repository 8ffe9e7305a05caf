import { v7 } from 'uuid';

/** Public prefixes, so that an id in a log or a bug report says what it names. */
export type IdPrefix = 'evt' | 'dlv' | 'rej' | 'key' | 'aud' | 'rpl' | 'era' | 'iss' | 'ntc' | 'mon' | 'req';

/** A new time-sortable id (UUID version 7, RFC 9562), as stored. */
export function newId(): string {
  return v7();
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
