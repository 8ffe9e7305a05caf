const SECRET_NAME =
  /secret|password|passphrase|token|authorization|cookie|credential|private|api-?key|^key$|^headers$|resignWith/i;
const MOST_DEPTH = 8;

/**
 * A copy of a value in which whatever sits under a name that secrets have is replaced by `hidden`, whole. The second lock: callers
 * hand over fingerprints in the first place.
 */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth >= MOST_DEPTH) return 'too deep';
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) &&
      !/fingerprint/i.test(name) &&
      inner !== null &&
      inner !== undefined &&
      typeof inner !== 'boolean'
        ? 'hidden'
        : withoutSecrets(inner, depth + 1),
    ]),
  );
}
