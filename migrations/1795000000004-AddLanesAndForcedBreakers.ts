import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an operator decides about a breaker, and the order of deliveries on routes that ask for one. */
export class AddLanesAndForcedBreakers1795000000004 implements MigrationInterface {
  name = 'AddLanesAndForcedBreakers1795000000004';

  async up(runner: QueryRunner): Promise<void> {
    // Beside the breaker's own state, never instead of it: what is forced must be told apart from what tripped.
    await runner.query(`
      ALTER TABLE hookyard.destination_gate
        ADD COLUMN breaker_since timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN breaker_forced text
          CONSTRAINT destination_gate_breaker_forced_check CHECK (breaker_forced IN ('open', 'closed')),
        ADD COLUMN breaker_forced_until timestamptz`);
    await runner.query(`
      ALTER TABLE hookyard.route
        ADD COLUMN ordered_by text CONSTRAINT route_ordered_by_check CHECK (ordered_by IN ('subject')),
        ADD COLUMN latest_only boolean NOT NULL DEFAULT false`);

    // The order of arrival across processes: neither their clocks nor the ids made from them could say.
    await runner.query(`CREATE SEQUENCE hookyard.lane_seq AS bigint`);
    // All null where no order was asked for: such deliveries are in none of the indexes below.
    await runner.query(`
      ALTER TABLE hookyard.delivery
        ADD COLUMN lane uuid,
        ADD COLUMN lane_seq bigint,
        ADD COLUMN lane_ordered boolean,
        ADD COLUMN lane_latest boolean,
        ADD COLUMN subject_at timestamptz,
        ADD CONSTRAINT delivery_lane_whole_check
          CHECK (num_nulls(lane, lane_seq, lane_ordered, lane_latest, subject_at) IN (0, 5))`);
    // Null: its turn in the lane has not come. Such a row is not due, whatever the time.
    await runner.query(`ALTER TABLE hookyard.delivery ALTER COLUMN next_attempt_at DROP NOT NULL`);
    await runner.query(`
      CREATE INDEX delivery_lane_idx ON hookyard.delivery (destination_id, lane, lane_seq)
      WHERE lane IS NOT NULL AND status IN ('pending', 'claimed', 'held')`);
    await runner.query(`
      CREATE INDEX delivery_lane_claimed_idx ON hookyard.delivery (destination_id, lane)
      WHERE lane IS NOT NULL AND status = 'claimed'`);
    await runner.query(`
      CREATE INDEX delivery_lane_waiting_idx ON hookyard.delivery (id) WHERE status = 'pending' AND next_attempt_at IS NULL`);
    await runner.query(`
      CREATE INDEX delivery_lane_newest_idx ON hookyard.delivery (destination_id, lane, subject_at, lane_seq)
      WHERE lane_latest AND status = 'delivered'`);

    // For a destination's counts, however many dead letters there are in all.
    await runner.query(`
      CREATE INDEX delivery_destination_dead_idx ON hookyard.delivery (destination_id) WHERE status = 'dead'`);
    await runner.query(`
      CREATE INDEX delivery_destination_held_idx ON hookyard.delivery (destination_id) WHERE status = 'held'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const index of [
      'delivery_destination_held_idx',
      'delivery_destination_dead_idx',
      'delivery_lane_newest_idx',
      'delivery_lane_waiting_idx',
      'delivery_lane_claimed_idx',
      'delivery_lane_idx',
    ]) {
      await runner.query(`DROP INDEX hookyard.${index}`);
    }
    await runner.query(`UPDATE hookyard.delivery SET next_attempt_at = created_at WHERE next_attempt_at IS NULL`);
    await runner.query(`ALTER TABLE hookyard.delivery ALTER COLUMN next_attempt_at SET NOT NULL`);
    await runner.query(`
      ALTER TABLE hookyard.delivery DROP COLUMN subject_at, DROP COLUMN lane_latest, DROP COLUMN lane_ordered,
        DROP COLUMN lane_seq, DROP COLUMN lane`);
    await runner.query(`DROP SEQUENCE hookyard.lane_seq`);
    await runner.query(`ALTER TABLE hookyard.route DROP COLUMN latest_only, DROP COLUMN ordered_by`);
    await runner.query(`
      ALTER TABLE hookyard.destination_gate DROP COLUMN breaker_forced_until, DROP COLUMN breaker_forced,
        DROP COLUMN breaker_since`);
  }
}
