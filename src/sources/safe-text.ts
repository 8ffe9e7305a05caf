import { createHash } from 'node:crypto';

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** Longest external id in bytes; a longer one is replaced by its hash. */
const MAX_ID_BYTES = 256;

/**
 * A text that Postgres' `text` and `jsonb` accept: without NUL, and with U+FFFD for each lone surrogate. `undefined` for
 * anything that is not a text, and for blank ones: they say as little as none.
 */
export function safeText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replaceAll('\0', '').replace(LONE_SURROGATE, '\ufffd');
  return text.trim() === '' ? undefined : text;
}

/**
 * `safeText` of at most `maxBytes` bytes of UTF-8. A longer text is cut between characters and ends with `~` and 16 hex
 * digits of its hash: equal texts stay equal, and different ones stay different.
 */
export function boundedText(value: unknown, maxBytes: number): string | undefined {
  const text = safeText(value);
  if (text === undefined || Buffer.byteLength(text) <= maxBytes) return text;
  const suffix = `~${hashOf(text).slice(0, 16)}`;
  const bytes = Buffer.from(text);
  let end = maxBytes - suffix.length;
  // 10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end) + suffix;
}

/**
 * An external id as it is stored: the sender's own, or `sha256:<hex>` of it when it holds NUL or a lone surrogate, or is
 * over 256 bytes of UTF-8. Cleaning would make different ids equal. `undefined` when there is none.
 */
export function safeId(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const storable =
    !value.includes('\0') && value.search(LONE_SURROGATE) < 0 && Buffer.byteLength(value) <= MAX_ID_BYTES;
  return storable ? value : `sha256:${hashOf(value)}`;
}

/** UTF-8 has no lone surrogates, so different ones would hash alike: such a text is hashed in UTF-16. */
function hashOf(text: string): string {
  const encoding = text.search(LONE_SURROGATE) < 0 ? 'utf8' : 'utf16le';
  return createHash('sha256').update(text, encoding).digest('hex');
}
