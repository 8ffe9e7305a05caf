import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Routes with filters, and what is needed to say later why an event went where it went: an event keeps the revision of the
 * configuration by which it was routed, and a route the revisions between which it was in force. Eight bytes an event,
 * instead of a text about every route that said no.
 */
export class FilterRoutes1795000000007 implements MigrationInterface {
  name = 'FilterRoutes1795000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE hookyard.route
        ADD COLUMN filter jsonb,
        ADD COLUMN created_revision bigint NOT NULL DEFAULT 0,
        ADD COLUMN deleted_revision bigint`);
    await runner.query(`UPDATE hookyard.route SET deleted_revision = 0 WHERE deleted_at IS NOT NULL`);
    await runner.query(`ALTER TABLE hookyard.event ADD COLUMN routed_revision bigint`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE hookyard.event DROP COLUMN routed_revision`);
    await runner.query(`
      ALTER TABLE hookyard.route DROP COLUMN filter, DROP COLUMN created_revision, DROP COLUMN deleted_revision`);
  }
}
