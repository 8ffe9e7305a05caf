import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who declares each source, destination and route, and which files were in force, so that an older file is known as one and
 * nobody undoes what somebody else speaks for. `written_sealed`: the entry as it was written, references unreplaced, for
 * whoever wants the configuration back as a file.
 */
export class RememberWhoDeclares1795000000017 implements MigrationInterface {
  name = 'RememberWhoDeclares1795000000017';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['source', 'destination', 'route']) {
      await runner.query(`
        ALTER TABLE hookyard.${table} ADD COLUMN declared_by text NOT NULL DEFAULT 'file'
          CONSTRAINT ${table}_declared_by_check CHECK (declared_by IN ('file', 'environment', 'code', 'api'))`);
    }
    await runner.query(`ALTER TABLE hookyard.source ADD COLUMN written_sealed bytea`);
    await runner.query(`ALTER TABLE hookyard.destination ADD COLUMN written_sealed bytea`);
    await runner.query(`UPDATE hookyard.destination SET declared_by = 'code' WHERE kind = 'handler'`);
    await runner.query(`
      UPDATE hookyard.route SET declared_by = 'code'
      WHERE destination_id IN (SELECT id FROM hookyard.destination WHERE kind = 'handler')`);
    await runner.query(`
      ALTER TABLE hookyard.configuration
        ADD COLUMN file text,
        ADD COLUMN file_revision bigint,
        ADD COLUMN older_file text,
        ADD COLUMN older_seen_at timestamptz`);
    // A part is what one kind of process speaks for. A content is known by its keyed hash: it may hold secrets.
    await runner.query(`
      CREATE TABLE hookyard.applied_file (
        part text NOT NULL CONSTRAINT applied_file_part_check CHECK (part IN ('sources', 'destinations')),
        fingerprint text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now(),
        superseded_at timestamptz,
        CONSTRAINT applied_file_pkey PRIMARY KEY (part, fingerprint)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE hookyard.applied_file`);
    await runner.query(`
      ALTER TABLE hookyard.configuration DROP COLUMN file, DROP COLUMN file_revision, DROP COLUMN older_file,
        DROP COLUMN older_seen_at`);
    await runner.query(`ALTER TABLE hookyard.destination DROP COLUMN written_sealed`);
    await runner.query(`ALTER TABLE hookyard.source DROP COLUMN written_sealed`);
    for (const table of ['source', 'destination', 'route']) {
      await runner.query(`ALTER TABLE hookyard.${table} DROP COLUMN declared_by`);
    }
  }
}
