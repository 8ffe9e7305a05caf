/** The value of a key, or `undefined` where there is no such key or no object. */
export function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}

/** The items of a list under a key as they stand; none where it is no list. */
export function entriesOf(value: unknown, key: string): readonly unknown[] {
  const entries = fieldOf(value, key);
  return Array.isArray(entries) ? entries : [];
}
