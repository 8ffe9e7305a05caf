import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Several events of one body: each has its bytes (`body_offset`, `body_length`), and where the list that holds them all
 * starts and ends, so that one can be sent as its sender would have sent it alone. Null for an event that is its whole body.
 */
export class AddBodyParts1795000000002 implements MigrationInterface {
  name = 'AddBodyParts1795000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE hookyard.event ADD COLUMN list_start integer, ADD COLUMN list_end integer`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE hookyard.event DROP COLUMN list_start, DROP COLUMN list_end`);
  }
}
