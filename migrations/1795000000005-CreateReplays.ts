import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What operators ask for after the fact: bulk replays, second readings of stored bytes, releases, removed destinations. */
export class CreateReplays1795000000005 implements MigrationInterface {
  name = 'CreateReplays1795000000005';

  async up(runner: QueryRunner): Promise<void> {
    // Why it was held stays in `held_reason`; this says that somebody, or its source's return, let it go.
    await runner.query(`ALTER TABLE hookyard.delivery ADD COLUMN released_at timestamptz`);
    await runner.query(`CREATE INDEX delivery_cancelled_idx ON hookyard.delivery (id) WHERE status = 'cancelled'`);

    // `position`: everything up to this id is done with. It moves in the transaction that makes the deliveries. Room on
    // the page keeps those updates HOT.
    await runner.query(`
      CREATE TABLE hookyard.replay (
        id uuid CONSTRAINT replay_pkey PRIMARY KEY,
        mode text NOT NULL CONSTRAINT replay_mode_check CHECK (mode IN ('retry', 'replay', 'renormalise')),
        status text NOT NULL DEFAULT 'running' CONSTRAINT replay_status_check CHECK
          (status IN ('running', 'paused', 'finished', 'cancelled')),
        filter jsonb NOT NULL,
        destination_ids integer[],
        only_changed boolean NOT NULL DEFAULT false,
        pace double precision NOT NULL CONSTRAINT replay_pace_check CHECK (pace > 0),
        position uuid NOT NULL,
        last_id uuid NOT NULL,
        total integer,
        total_is_exact boolean NOT NULL,
        processed integer NOT NULL DEFAULT 0,
        deliveries integer NOT NULL DEFAULT 0,
        skipped jsonb NOT NULL DEFAULT '{}',
        tokens double precision NOT NULL DEFAULT 0,
        paced_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
        ended_at timestamptz
      ) WITH (fillfactor = 50)`);
    await runner.query(`CREATE INDEX replay_running_idx ON hookyard.replay (id) WHERE status = 'running'`);

    // An event is never changed. What the present code reads from its bytes stands beside it, for one replay's deliveries.
    await runner.query(`
      CREATE TABLE hookyard.event_reading (
        event_id uuid NOT NULL,
        replay_id uuid NOT NULL,
        external_id text NOT NULL,
        type text NOT NULL,
        subject text,
        tenant text,
        occurred_at timestamptz,
        api_version text,
        livemode boolean,
        body_format text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
        CONSTRAINT event_reading_pkey PRIMARY KEY (event_id, replay_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE hookyard.event_reading`);
    await runner.query(`DROP TABLE hookyard.replay`);
    await runner.query(`DROP INDEX hookyard.delivery_cancelled_idx`);
    await runner.query(`ALTER TABLE hookyard.delivery DROP COLUMN released_at`);
  }
}
