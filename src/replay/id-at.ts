const ZERO_TAIL = '-0000-0000-000000000000';

/** The lowest time-sortable id (UUID version 7) of a moment: ids made from then on are higher. Before 1970 it is the lowest of all. */
export function idAt(time: Date): string {
  const hex = Math.max(0, Math.floor(time.getTime())).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}${ZERO_TAIL}`;
}
