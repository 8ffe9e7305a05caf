/** Kept of an answer, in the attempt's row only: enough to see an error message, too little to be a data store. */
export const EXCERPT_BYTES = 1024;

/** Read for it: a secret that stands across the end of what is kept must be seen whole to be taken out. */
export const EXCERPT_LOOK_BYTES = 8 * 1024;
/** Stands where a secret stood. */
export const REDACTED = '[redacted]';

/** Control characters but tab and newline; line separators, turns of the writing direction, byte order marks. */
const UNSAFE = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * The start of a destination's answer as text that is safe in a database row, a log viewer and a terminal: valid Unicode, no
 * control characters but tab and newline, nothing that turns the direction of the text, at most 1 KB. `undefined` for an
 * empty answer. `secrets` of ours that the destination sent back are taken out.
 */
export function responseExcerpt(bytes: Buffer, secrets: readonly string[] = []): string | undefined {
  let text = bytes.subarray(0, EXCERPT_LOOK_BYTES).toString('utf8');
  for (const secret of secrets) text = text.replaceAll(secret, REDACTED);
  text = text.replaceAll(UNSAFE, '\ufffd').toWellFormed();
  return text === '' ? undefined : cut(text, EXCERPT_BYTES);
}

/** Replacement characters take three bytes; the limit holds for what is stored. */
function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  return bytes
    .subarray(0, maxBytes)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
}
