import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The synthetic monitor: when its next webhook is due in the whole cluster, and what became of the last ones. */
export class CreateMonitor1795000000028 implements MigrationInterface {
  name = 'CreateMonitor1795000000028';

  async up(runner: QueryRunner): Promise<void> {
    // One row, whose lock decides which process sends.
    await runner.query(`
      CREATE TABLE hookyard.monitor (
        singleton boolean CONSTRAINT monitor_pkey PRIMARY KEY DEFAULT true
          CONSTRAINT monitor_singleton_check CHECK (singleton),
        due_at timestamptz NOT NULL DEFAULT '-infinity',
        last_passed_at timestamptz
      )`);
    await runner.query(`INSERT INTO hookyard.monitor DEFAULT VALUES`);
    await runner.query(`
      CREATE TABLE hookyard.monitor_run (
        id uuid CONSTRAINT monitor_run_pkey PRIMARY KEY,
        sent_at timestamptz NOT NULL,
        host text NOT NULL,
        status_code integer,
        error_class text,
        accepted_ms double precision,
        event_id uuid,
        handled_at timestamptz,
        handled_ms double precision,
        outcome text CONSTRAINT monitor_run_outcome_check CHECK (outcome IN ('passed', 'failed')),
        reason text
      ) WITH (fillfactor = 70)`);
    await runner.query(`CREATE INDEX monitor_run_sent_at_idx ON hookyard.monitor_run (sent_at)`);
    await runner.query(`CREATE INDEX monitor_run_open_idx ON hookyard.monitor_run (sent_at) WHERE outcome IS NULL`);
    // Their events are forgotten within hours.
    await runner.query(
      `CREATE INDEX monitor_run_event_idx ON hookyard.monitor_run (sent_at) WHERE event_id IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE hookyard.monitor_run`);
    await runner.query(`DROP TABLE hookyard.monitor`);
  }
}
