import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A bulk replay may ask that `latestOnly` of a route holds for it as well. */
export class ReplayOnlyTheLatest1795000000027 implements MigrationInterface {
  name = 'ReplayOnlyTheLatest1795000000027';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE hookyard.replay ADD COLUMN latest_only boolean NOT NULL DEFAULT false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE hookyard.replay DROP COLUMN latest_only`);
  }
}
