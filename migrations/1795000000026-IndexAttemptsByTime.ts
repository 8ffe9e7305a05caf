import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The live stream asks which attempts were made lately. Attempts are written one after the other and never changed, so a block range index
 * says it in a few kilobytes, and an insert into a range that is not summarised yet costs nothing.
 */
export class IndexAttemptsByTime1795000000026 implements MigrationInterface {
  name = 'IndexAttemptsByTime1795000000026';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX attempt_started_at_idx ON hookyard.attempt USING brin (started_at)
       WITH (pages_per_range = 16, autosummarize = on)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX hookyard.attempt_started_at_idx`);
  }
}
