import type { RunSql } from '../api-database.js';
import type { Page } from '../page.js';
import { timeOf } from './search-partitions.js';

/** How old the oldest event is that cannot be found by its body yet, in milliseconds; 0 when there is none. */
export async function searchLagMs(run: RunSql): Promise<number> {
  const [next] = await run<{ id: string }>(
    `SELECT id FROM hookyard.event WHERE id > (SELECT tail_id FROM hookyard.search_progress WHERE feed = 'event')
     ORDER BY id LIMIT 1`,
  );
  return next ? Math.max(0, Date.now() - timeOf(next.id)) : 0;
}

/** The page, with the lag when its list was filtered by body. */
export async function withSearchLag(run: RunSql, page: Page, body: string | undefined): Promise<Page> {
  return body === undefined ? page : { ...page, searchLagMs: await searchLagMs(run) };
}
