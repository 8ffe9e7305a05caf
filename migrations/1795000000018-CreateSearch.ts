import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What lists look rare things up in. Filled behind intake's back: an index on `event` or `delivery` would be paid for by every
 * webhook, and on `delivery` three times, as it changes its status. Partitioned by the time in the ids, so that old days are
 * dropped like those of `body`; partitions are made by whoever fills them.
 */
export class CreateSearch1795000000018 implements MigrationInterface {
  name = 'CreateSearch1795000000018';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE hookyard.event_search (
        id uuid CONSTRAINT event_search_pkey PRIMARY KEY,
        source_id integer NOT NULL,
        type text NOT NULL,
        subject text,
        tenant text,
        document jsonb
      ) PARTITION BY RANGE (id)`);
    await runner.query(`CREATE INDEX event_search_source_id_idx ON hookyard.event_search (source_id, id)`);
    await runner.query(`CREATE INDEX event_search_type_idx ON hookyard.event_search (type text_pattern_ops, id)`);
    await runner.query(
      `CREATE INDEX event_search_subject_idx ON hookyard.event_search (subject, id) WHERE subject IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX event_search_tenant_idx ON hookyard.event_search (tenant, id) WHERE tenant IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX event_search_document_idx ON hookyard.event_search USING gin (document jsonb_path_ops)`,
    );

    await runner.query(`
      CREATE TABLE hookyard.delivery_search (
        id uuid CONSTRAINT delivery_search_pkey PRIMARY KEY,
        destination_id integer NOT NULL
      ) PARTITION BY RANGE (id)`);
    await runner.query(
      `CREATE INDEX delivery_search_destination_id_idx ON hookyard.delivery_search (destination_id, id)`,
    );

    // `tail_id`: how far a look ahead has come. `swept_until`: whatever is older is surely in.
    await runner.query(`
      CREATE TABLE hookyard.search_progress (
        feed text CONSTRAINT search_progress_pkey PRIMARY KEY,
        tail_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        swept_until timestamptz NOT NULL DEFAULT 'epoch'
      )`);
    await runner.query(`INSERT INTO hookyard.search_progress (feed) VALUES ('event'), ('delivery')`);

    // Dead letters are few, so this one costs nearly nothing.
    await runner.query(
      `CREATE INDEX delivery_dead_destination_idx ON hookyard.delivery (destination_id, id) WHERE status = 'dead'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX hookyard.delivery_dead_destination_idx`);
    for (const table of ['search_progress', 'delivery_search', 'event_search']) {
      await runner.query(`DROP TABLE hookyard.${table}`);
    }
  }
}
