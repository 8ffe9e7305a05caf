import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What goes wrong at destinations, grouped; and the runs of the synthetic monitor. */
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

    // Whoever moves `due_at` on sends the next one: once in the whole cluster.
    await runner.query(`
      CREATE TABLE hookyard.monitor (
        singleton boolean NOT NULL DEFAULT true CONSTRAINT monitor_pkey PRIMARY KEY
          CONSTRAINT monitor_singleton_check CHECK (singleton),
        due_at timestamptz NOT NULL DEFAULT '-infinity'
      )`);
    await runner.query(`INSERT INTO hookyard.monitor DEFAULT VALUES`);
    await runner.query(`
      CREATE TABLE hookyard.monitor_run (
        id uuid CONSTRAINT monitor_run_pkey PRIMARY KEY,
        sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        handled_at timestamptz,
        outcome text CONSTRAINT monitor_run_outcome_check CHECK (outcome IN ('passed', 'failed')),
        reason text
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['monitor_run', 'monitor', 'issue']) await runner.query(`DROP TABLE hookyard.${table}`);
  }
}
