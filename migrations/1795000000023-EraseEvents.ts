import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was erased, and the work of erasing many. An erased event keeps its row, because its external id is what recognises the
 * sender's next repeat. `erase_again_at`: something of it was being sent, and is looked after once that has ended.
 */
export class EraseEvents1795000000023 implements MigrationInterface {
  name = 'EraseEvents1795000000023';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE hookyard.event ADD COLUMN erased_at timestamptz, ADD COLUMN erase_again_at timestamptz`);
    await runner.query(`
      CREATE INDEX event_erase_again_idx ON hookyard.event (erase_again_at) WHERE erase_again_at IS NOT NULL`);
    // `names` is personal data itself: it goes when the work is done.
    await runner.query(`
      CREATE TABLE hookyard.erasure (
        id uuid NOT NULL,
        field text NOT NULL CONSTRAINT erasure_field_check CHECK (field IN ('tenant', 'subject')),
        names text[],
        source_ids integer[],
        status text NOT NULL DEFAULT 'running' CONSTRAINT erasure_status_check CHECK (status IN ('running', 'finished')),
        position uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        rejection_position uuid,
        total integer,
        total_is_exact boolean NOT NULL,
        processed integer NOT NULL DEFAULT 0,
        erased integer NOT NULL DEFAULT 0,
        cancelled integer NOT NULL DEFAULT 0,
        rejections integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz,
        CONSTRAINT erasure_pkey PRIMARY KEY (id)
      )`);
    await runner.query(`CREATE INDEX erasure_running_idx ON hookyard.erasure (id) WHERE status = 'running'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE hookyard.erasure`);
    await runner.query(`DROP INDEX hookyard.event_erase_again_idx`);
    await runner.query(`ALTER TABLE hookyard.event DROP COLUMN erase_again_at, DROP COLUMN erased_at`);
  }
}
