import { isPoison } from '../../database/sql-errors.js';
import type { RunSql } from '../api-database.js';
import { noteTypes } from './known-types.js';
import { SEARCHED_BODY_BYTES, searchDocument } from './search-document.js';

/** A table that is copied, row by row, into one that can be searched. */
export interface SearchFeed {
  readonly name: 'event' | 'delivery';
  readonly table: string;
  readonly batch: number;
  /** Copies the rows with these ids; each is new there. */
  copy(run: RunSql, ids: readonly string[]): Promise<void>;
}

interface SearchedEvent {
  id: string;
  source_id: number;
  type: string;
  subject: string | null;
  tenant: string | null;
  bytes: Buffer | null;
}

const events: SearchFeed = {
  name: 'event',
  table: 'hookyard.event',
  batch: 400,
  async copy(run, ids) {
    const rows = await run<SearchedEvent>(
      `SELECT e.id, e.source_id, e.type, e.subject, e.tenant, (
         SELECT substring(b.bytes FROM e.body_offset + 1 FOR e.body_length) FROM hookyard.body b
         WHERE b.day = e.body_day AND b.id = e.body_id AND e.body_format = 'json' AND e.body_length <= ${SEARCHED_BODY_BYTES}
       ) AS bytes FROM hookyard.event e WHERE e.id = ANY($1::uuid[])`,
      [ids],
    );
    await insertEvents(
      run,
      rows,
      rows.map(({ bytes }) => searchDocument(bytes)),
    );
    await noteTypes(run, rows);
  },
};

const deliveries: SearchFeed = {
  name: 'delivery',
  table: 'hookyard.delivery',
  batch: 2_000,
  async copy(run, ids) {
    await run(
      `INSERT INTO hookyard.delivery_search (id, destination_id)
       SELECT id, destination_id FROM hookyard.delivery WHERE id = ANY($1::uuid[]) ON CONFLICT DO NOTHING`,
      [ids],
    );
  },
};

export const SEARCH_FEEDS: readonly SearchFeed[] = [events, deliveries];

/** All at once; if one document is none to Postgres (a number past all bounds), halves it until that one goes in without. */
async function insertEvents(
  run: RunSql,
  rows: readonly SearchedEvent[],
  documents: readonly (string | null)[],
): Promise<void> {
  const column = <T>(read: (row: SearchedEvent) => T): T[] => rows.map(read);
  await run('SAVEPOINT documents');
  try {
    await run(
      `INSERT INTO hookyard.event_search (id, source_id, type, subject, tenant, document)
       SELECT id, source_id, type, subject, tenant, document::jsonb
       FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[])
         AS s(id, source_id, type, subject, tenant, document) ON CONFLICT DO NOTHING`,
      [
        column(({ id }) => id),
        column(({ source_id }) => source_id),
        column(({ type }) => type),
        column(({ subject }) => subject),
        column(({ tenant }) => tenant),
        documents,
      ],
    );
    await run('RELEASE SAVEPOINT documents');
  } catch (error) {
    if (!isPoison(error)) throw error;
    await run('ROLLBACK TO SAVEPOINT documents');
    if (rows.length === 1) return insertEvents(run, rows, [null]);
    const middle = Math.ceil(rows.length / 2);
    await insertEvents(run, rows.slice(0, middle), documents.slice(0, middle));
    await insertEvents(run, rows.slice(middle), documents.slice(middle));
  }
}
