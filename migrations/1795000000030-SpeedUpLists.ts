import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * `event_type`: which types there are, so that a filter like `*.failed` is asked of the index on types as the types it stands for. Kept by
 * whoever fills `event_search`, never by intake; `last_day` says when a type may be forgotten.
 *
 * The indexes are for lists that would else read whole tables. None is paid for by an ordinary webhook: its `refusal` is
 * null, and the audit log, samples of refusals, replays and erasures are written seldom.
 */
export class SpeedUpLists1795000000030 implements MigrationInterface {
  name = 'SpeedUpLists1795000000030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE hookyard.event_type (
        type text CONSTRAINT event_type_pkey PRIMARY KEY,
        last_day date NOT NULL
      )`);
    await runner.query(
      `INSERT INTO hookyard.event_type (type, last_day)
       SELECT DISTINCT type, (clock_timestamp() AT TIME ZONE 'UTC')::date FROM hookyard.event_search`,
    );
    await runner.query(`CREATE INDEX event_refusal_idx ON hookyard.event (id) WHERE refusal IS NOT NULL`);
    await runner.query(`CREATE INDEX audit_actor_idx ON hookyard.audit (actor, id)`);
    await runner.query(`CREATE INDEX audit_target_idx ON hookyard.audit (target, id) WHERE target IS NOT NULL`);
    await runner.query(`CREATE INDEX rejection_reason_idx ON hookyard.rejection (reason, id)`);
    await runner.query(`CREATE INDEX replay_status_idx ON hookyard.replay (status, id)`);
    await runner.query(`CREATE INDEX erasure_status_idx ON hookyard.erasure (status, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const index of [
      'erasure_status_idx',
      'replay_status_idx',
      'rejection_reason_idx',
      'audit_target_idx',
      'audit_actor_idx',
      'event_refusal_idx',
    ]) {
      await runner.query(`DROP INDEX hookyard.${index}`);
    }
    await runner.query(`DROP TABLE hookyard.event_type`);
  }
}
