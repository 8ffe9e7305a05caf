import { isUtf8 } from 'node:buffer';

/** Larger bodies are found by everything but their content. */
export const SEARCHED_BODY_BYTES = 64 * 1024;

/**
 * The JSON text of a body as jsonb takes it, so that numbers keep every digit; `null` when it is no JSON object or array. Postgres
 * knows no NUL and no half surrogate in a text: those are taken out.
 */
export function searchDocument(bytes: Buffer | null): string | null {
  if (!bytes || bytes.length > SEARCHED_BODY_BYTES || !isUtf8(bytes)) return null;
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    if (!/\\u(0000|d[89a-f])/i.test(text)) return text;
    return JSON.stringify(value, (_name, inner: unknown) =>
      typeof inner === 'string' ? inner.replaceAll('\0', '').toWellFormed() : inner,
    );
  } catch {
    return null;
  }
}
