import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What goes out. A delivery has no foreign key to its destination: destinations are tombstoned, never removed under a
 * backlog, and the check would lock the destination's row on every webhook.
 */
export class CreateDeliveries1795000000001 implements MigrationInterface {
  name = 'CreateDeliveries1795000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE hookyard.destination (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT destination_pkey PRIMARY KEY,
        name text NOT NULL,
        kind text NOT NULL CONSTRAINT destination_kind_check CHECK (kind IN ('http', 'handler')),
        settings jsonb NOT NULL,
        secrets_sealed bytea NOT NULL,
        undeclared_at timestamptz,
        deleted_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(
      `CREATE UNIQUE INDEX destination_name_key ON hookyard.destination (name) WHERE deleted_at IS NULL`,
    );

    await runner.query(`
      CREATE TABLE hookyard.route (
        id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT route_pkey PRIMARY KEY,
        position integer NOT NULL,
        source_slug text,
        source_type text,
        types text[] NOT NULL,
        destination_id integer NOT NULL,
        deleted_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT route_takes_one_kind_check CHECK (num_nonnulls(source_slug, source_type) = 1)
      )`);

    // `revision` is bumped by whatever changes sources, destinations or routes; every process watches it.
    // `installation_id` keeps two installations apart that share one Redis.
    await runner.query(`
      CREATE TABLE hookyard.configuration (
        singleton boolean NOT NULL DEFAULT true CONSTRAINT configuration_pkey PRIMARY KEY
          CONSTRAINT configuration_singleton_check CHECK (singleton),
        revision bigint NOT NULL DEFAULT 0,
        installation_id uuid NOT NULL DEFAULT gen_random_uuid()
      )`);
    await runner.query(`INSERT INTO hookyard.configuration DEFAULT VALUES`);

    // The one row per destination that decides whether anything may be sent to it now. Room on the page keeps updates HOT.
    await runner.query(`
      CREATE TABLE hookyard.destination_gate (
        destination_id integer CONSTRAINT destination_gate_pkey PRIMARY KEY,
        paused_at timestamptz,
        pause_reason text,
        not_before timestamptz,
        rate_tokens double precision,
        rate_refilled_at timestamptz,
        breaker_state text NOT NULL DEFAULT 'closed'
          CONSTRAINT destination_gate_breaker_state_check CHECK (breaker_state IN ('closed', 'open')),
        failures integer NOT NULL DEFAULT 0,
        failing_deliveries uuid[] NOT NULL DEFAULT '{}',
        failing_since timestamptz,
        opened_until timestamptz,
        cooldown_level integer NOT NULL DEFAULT 0,
        last_probed_delivery_id uuid,
        ramp_slots integer,
        handler_seen_at timestamptz
      ) WITH (fillfactor = 50)`);

    await runner.query(`
      CREATE TABLE hookyard.delivery (
        id uuid CONSTRAINT delivery_pkey PRIMARY KEY,
        event_id uuid NOT NULL,
        destination_id integer NOT NULL,
        route_id integer,
        replay_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        status text NOT NULL DEFAULT 'pending' CONSTRAINT delivery_status_check CHECK
          (status IN ('pending', 'claimed', 'held', 'delivered', 'dead', 'cancelled', 'superseded')),
        held_reason text,
        attempts integer NOT NULL DEFAULT 0,
        round_attempts integer NOT NULL DEFAULT 0,
        interruptions integer NOT NULL DEFAULT 0,
        round_started_at timestamptz NOT NULL DEFAULT statement_timestamp(),
        next_attempt_at timestamptz NOT NULL DEFAULT statement_timestamp(),
        batch_id uuid,
        last_status_code integer,
        last_error_class text,
        dead_reason text,
        created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
        settled_at timestamptz,
        CONSTRAINT delivery_event_destination_replay_key UNIQUE (event_id, destination_id, replay_id)
      ) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0)`);
    // Led by the destination: one global index by due time made a claim walk past every row of a dead destination.
    await runner.query(`
      CREATE INDEX delivery_pending_idx ON hookyard.delivery (destination_id, next_attempt_at, id)
      WHERE status = 'pending'`);
    await runner.query(`CREATE INDEX delivery_claimed_idx ON hookyard.delivery (batch_id) WHERE status = 'claimed'`);
    await runner.query(`CREATE INDEX delivery_dead_idx ON hookyard.delivery (id) WHERE status = 'dead'`);
    await runner.query(`CREATE INDEX delivery_held_idx ON hookyard.delivery (id) WHERE status = 'held'`);

    await runner.query(`
      CREATE TABLE hookyard.delivery_batch (
        id uuid CONSTRAINT delivery_batch_pkey PRIMARY KEY,
        destination_id integer NOT NULL,
        runner text,
        is_probe boolean NOT NULL DEFAULT false,
        slots integer NOT NULL,
        remaining integer NOT NULL,
        lease_ms integer NOT NULL,
        lease_until timestamptz NOT NULL,
        claimed_at timestamptz NOT NULL DEFAULT clock_timestamp()
      ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
              autovacuum_vacuum_cost_delay = 0)`);

    await runner.query(`
      CREATE TABLE hookyard.attempt (
        day date NOT NULL,
        delivery_id uuid NOT NULL,
        number integer NOT NULL,
        started_at timestamptz NOT NULL,
        duration_ms integer NOT NULL,
        outcome text NOT NULL CONSTRAINT attempt_outcome_check CHECK
          (outcome IN ('delivered', 'failed', 'deferred', 'interrupted')),
        status_code integer,
        error_class text,
        response_excerpt text,
        is_probe boolean NOT NULL DEFAULT false,
        runner text NOT NULL
      ) PARTITION BY RANGE (day)`);
    await runner.query(`CREATE TABLE hookyard.attempt_default PARTITION OF hookyard.attempt DEFAULT`);
    await runner.query(`CREATE INDEX attempt_delivery_id_idx ON hookyard.attempt (delivery_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'attempt',
      'delivery_batch',
      'delivery',
      'destination_gate',
      'configuration',
      'route',
      'destination',
    ]) {
      await runner.query(`DROP TABLE hookyard.${table}`);
    }
  }
}
