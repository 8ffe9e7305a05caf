import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What came in. Bodies live apart from events, partitioned by day, so that dropping old bytes is dropping a table and the
 * event table stays narrow enough to carry the one unique constraint that makes an event an event.
 */
export class CreateEvents1795000000000 implements MigrationInterface {
  name = 'CreateEvents1795000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE hookyard.source (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT source_pkey PRIMARY KEY,
        slug text NOT NULL,
        type text NOT NULL,
        settings jsonb NOT NULL DEFAULT '{}',
        secrets_sealed bytea NOT NULL,
        paused_at timestamptz,
        undeclared_at timestamptz,
        deleted_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE UNIQUE INDEX source_slug_key ON hookyard.source (slug) WHERE deleted_at IS NULL`);

    await runner.query(`
      CREATE TABLE hookyard.event (
        id uuid CONSTRAINT event_pkey PRIMARY KEY,
        source_id integer NOT NULL,
        external_id text COLLATE "C" NOT NULL,
        type text NOT NULL,
        subject text,
        tenant text,
        occurred_at timestamptz,
        received_at timestamptz NOT NULL DEFAULT statement_timestamp(),
        api_version text,
        livemode boolean,
        headers jsonb NOT NULL,
        signature_headers jsonb NOT NULL,
        content_type text,
        body_sha256 bytea NOT NULL,
        body_format text NOT NULL CONSTRAINT event_body_format_check CHECK (body_format IN ('json', 'form', 'binary')),
        body_day date NOT NULL,
        body_id uuid NOT NULL,
        body_offset integer NOT NULL DEFAULT 0,
        body_length integer NOT NULL,
        CONSTRAINT event_source_external_id_key UNIQUE (source_id, external_id)
      )`);

    // The same id with another body: the first stands, the other's hash is kept as evidence.
    await runner.query(`
      CREATE TABLE hookyard.event_conflict (
        event_id uuid NOT NULL,
        body_sha256 bytea NOT NULL,
        first_seen_at timestamptz NOT NULL DEFAULT statement_timestamp(),
        CONSTRAINT event_conflict_pkey PRIMARY KEY (event_id, body_sha256)
      )`);

    // One row a request, byte-exact: jsonb would reorder keys, round numbers and refuse \u0000.
    await runner.query(`
      CREATE TABLE hookyard.body (
        day date NOT NULL,
        id uuid NOT NULL,
        bytes bytea NOT NULL,
        CONSTRAINT body_pkey PRIMARY KEY (day, id)
      ) PARTITION BY RANGE (day)`);
    // Catches rows when no partition was made in time, so that intake never fails for want of one.
    await runner.query(`CREATE TABLE hookyard.body_default PARTITION OF hookyard.body DEFAULT`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE hookyard.body`);
    await runner.query(`DROP TABLE hookyard.event_conflict`);
    await runner.query(`DROP TABLE hookyard.event`);
    await runner.query(`DROP TABLE hookyard.source`);
  }
}
