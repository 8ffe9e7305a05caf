import type { KeyObject } from 'node:crypto';

/** Most keys kept ready; every active secret of a large router. */
const MAX_KEYS = 1_000;

/**
 * A function that makes keys of secrets, made to do so once per secret: reading a key costs more than using it, and an HMAC
 * with a key in a `Buffer` several times as much as one with a `KeyObject`. Forgets all when it holds too many.
 */
export function keptKeys(keyOf: (secret: string) => KeyObject | undefined): (secret: string) => KeyObject | undefined {
  const kept = new Map<string, KeyObject | undefined>();
  return (secret) => {
    if (kept.has(secret)) return kept.get(secret);
    if (kept.size >= MAX_KEYS) kept.clear();
    const key = keyOf(secret);
    kept.set(secret, key);
    return key;
  };
}
