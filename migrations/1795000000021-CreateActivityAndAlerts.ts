import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is counted in five minutes, what is wrong now and was lately, what has been said of it and to whom. */
export class CreateActivityAndAlerts1795000000021 implements MigrationInterface {
  name = 'CreateActivityAndAlerts1795000000021';

  async up(runner: QueryRunner): Promise<void> {
    // By name and not by id: what is counted is shown to people, also after a source has left.
    await runner.query(`
      CREATE TABLE hookyard.activity (
        bucket timestamptz NOT NULL,
        kind text NOT NULL CONSTRAINT activity_kind_check CHECK (kind IN ('source', 'destination')),
        name text NOT NULL,
        received bigint NOT NULL,
        duplicates bigint NOT NULL,
        conflicts bigint NOT NULL,
        refused bigint NOT NULL,
        bytes bigint NOT NULL,
        attempts bigint NOT NULL,
        retries bigint NOT NULL,
        delivered bigint NOT NULL,
        failed bigint NOT NULL,
        dead bigint NOT NULL,
        latencies bigint[] NOT NULL,
        last_at timestamptz,
        CONSTRAINT activity_pkey PRIMARY KEY (bucket, kind, name)
      ) WITH (fillfactor = 50)`);

    await runner.query(`
      CREATE TABLE hookyard.alert (
        key text CONSTRAINT alert_pkey PRIMARY KEY,
        rule text NOT NULL,
        subject text NOT NULL,
        severity text NOT NULL CONSTRAINT alert_severity_check CHECK (severity IN ('critical', 'warning')),
        status text NOT NULL CONSTRAINT alert_status_check CHECK (status IN ('active', 'resolved')),
        summary text NOT NULL,
        action text NOT NULL,
        section text NOT NULL,
        since timestamptz NOT NULL,
        count bigint NOT NULL,
        firings integer NOT NULL,
        seen_at timestamptz NOT NULL,
        resolved_at timestamptz,
        told text NOT NULL CONSTRAINT alert_told_check CHECK (told IN ('nothing', 'fired', 'resolved')),
        held boolean NOT NULL
      )`);
    await runner.query(`CREATE INDEX alert_resolved_at_idx ON hookyard.alert (resolved_at)`);

    // One row, whose lock decides which process looks.
    await runner.query(`
      CREATE TABLE hookyard.alert_watch (
        singleton boolean CONSTRAINT alert_watch_pkey PRIMARY KEY DEFAULT true
          CONSTRAINT alert_watch_singleton_check CHECK (singleton),
        looked_at timestamptz NOT NULL DEFAULT '-infinity'
      )`);
    await runner.query(`INSERT INTO hookyard.alert_watch DEFAULT VALUES`);

    await runner.query(`
      CREATE TABLE hookyard.notice_channel (
        name text CONSTRAINT notice_channel_pkey PRIMARY KEY,
        seen_at timestamptz NOT NULL,
        not_before timestamptz
      )`);
    // Written in the transaction that changes the alert: said at least once, whatever dies in between.
    await runner.query(`
      CREATE TABLE hookyard.notice (
        id uuid CONSTRAINT notice_pkey PRIMARY KEY,
        channel text NOT NULL,
        content jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
        next_attempt_at timestamptz NOT NULL DEFAULT statement_timestamp(),
        attempts integer NOT NULL DEFAULT 0,
        ended_at timestamptz,
        last_error text
      )`);
    await runner.query(`CREATE INDEX notice_waiting_idx ON hookyard.notice (channel, id) WHERE ended_at IS NULL`);
    await runner.query(`CREATE INDEX notice_ended_at_idx ON hookyard.notice (ended_at)`);

    await runner.query(`
      CREATE TABLE hookyard.digest (
        day date CONSTRAINT digest_pkey PRIMARY KEY,
        made_at timestamptz NOT NULL DEFAULT statement_timestamp()
      )`);

    // Which dead letters are new: only they pay for it.
    await runner.query(
      `CREATE INDEX delivery_dead_settled_at_idx ON hookyard.delivery (settled_at) WHERE status = 'dead'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX hookyard.delivery_dead_settled_at_idx`);
    for (const table of ['digest', 'notice', 'notice_channel', 'alert_watch', 'alert', 'activity']) {
      await runner.query(`DROP TABLE hookyard.${table}`);
    }
  }
}
