import type { RunSql } from '../api-database.js';
import { idAt } from '../lists/time-range.js';

const DAY_MS = 86_400_000;

/** Makes the day's partitions that these ids need, where they are missing. */
export async function ensureSearchPartitions(
  run: RunSql,
  feed: 'event' | 'delivery',
  ids: readonly string[],
): Promise<void> {
  for (const day of new Set(ids.map((id) => Math.floor(timeOf(id) / DAY_MS)))) {
    const from = day * DAY_MS;
    const name = `hookyard.${feed}_search_${new Date(from).toISOString().slice(0, 10).replaceAll('-', '')}`;
    await run(
      `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF hookyard.${feed}_search
       FOR VALUES FROM ('${idAt(from)}') TO ('${idAt(from + DAY_MS)}')`,
    );
  }
}

/** When an id (UUID version 7) was made, in milliseconds since 1970. */
export function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}
