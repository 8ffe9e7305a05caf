import { withoutSecrets } from './without-secrets.js';

const MOST_JSON = 16 * 1024;
const MOST_NAMES = 200;

/** As a parameter for a jsonb column: no secrets, no NUL (Postgres has none), not without end; of what is too long the names. */
export function auditJson(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(withoutSecrets(value)).replaceAll('\\u0000', '');
  if (text.length <= MOST_JSON) return text;
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const left = JSON.stringify({ left: 'out', bytes: text.length, names: names.slice(0, MOST_NAMES) });
  return left.length <= MOST_JSON ? left : JSON.stringify({ left: 'out', bytes: text.length });
}
