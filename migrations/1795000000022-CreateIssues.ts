import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What goes wrong at destinations, grouped. */
export class CreateIssues1795000000022 implements MigrationInterface {
  name = 'CreateIssues1795000000022';

  async up(runner: QueryRunner): Promise<void> {
    // One row however often it happens. Room on the page keeps the counting HOT.
    await runner.query(`
      CREATE TABLE hookyard.issue (
        id uuid CONSTRAINT issue_pkey PRIMARY KEY,
        destination_id integer NOT NULL,
        error_class text NOT NULL,
        status_code integer,
        state text NOT NULL DEFAULT 'open'
          CONSTRAINT issue_state_check CHECK (state IN ('open', 'acknowledged', 'resolved', 'ignored')),
        state_changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        reopened_at timestamptz,
        first_seen_at timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        failures bigint NOT NULL,
        dead bigint NOT NULL,
        last_delivery_id uuid NOT NULL
      ) WITH (fillfactor = 70)`);
    await runner.query(`
      CREATE UNIQUE INDEX issue_key ON hookyard.issue (destination_id, error_class, coalesce(status_code, 0))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE hookyard.issue`);
  }
}
