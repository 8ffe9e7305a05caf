import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a destination's answers said about its own rate limit (`RateLimit`, `X-RateLimit-…`), so that it is not run into. */
export class AddQuotas1795000000006 implements MigrationInterface {
  name = 'AddQuotas1795000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE hookyard.destination_gate
        ADD COLUMN quota_limit bigint,
        ADD COLUMN quota_remaining bigint,
        ADD COLUMN quota_until timestamptz,
        ADD COLUMN quota_seen_at timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE hookyard.destination_gate
        DROP COLUMN quota_limit, DROP COLUMN quota_remaining, DROP COLUMN quota_until, DROP COLUMN quota_seen_at`);
  }
}
