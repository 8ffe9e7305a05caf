import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may use the management API, what they did with it, and the answers that a repeated request gets again. */
export class CreateApiAccess1795000000008 implements MigrationInterface {
  name = 'CreateApiAccess1795000000008';

  async up(runner: QueryRunner): Promise<void> {
    // Only a digest: who reads this table cannot use the API. Keys are random, so a plain SHA-256 needs no salt.
    await runner.query(`
      CREATE TABLE hookyard.api_key (
        id uuid CONSTRAINT api_key_pkey PRIMARY KEY,
        label text NOT NULL,
        role text NOT NULL CONSTRAINT api_key_role_check CHECK (role IN ('viewer', 'operator', 'admin')),
        prefix text NOT NULL,
        key_sha256 bytea NOT NULL CONSTRAINT api_key_key_sha256_key UNIQUE,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
        not_after timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz
      )`);

    // Written before the work is begun and completed after it: a crash in between leaves a line without a result.
    await runner.query(`
      CREATE TABLE hookyard.audit (
        id uuid CONSTRAINT audit_pkey PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT statement_timestamp(),
        api_key_id uuid,
        actor text NOT NULL,
        role text NOT NULL,
        address text NOT NULL,
        action text NOT NULL,
        path text NOT NULL,
        target text,
        before jsonb,
        after jsonb,
        status_code integer,
        error_code text
      )`);

    // Answers may hold a secret that is shown once, so they are sealed. Nil as key id: the bootstrap key.
    await runner.query(`
      CREATE TABLE hookyard.idempotency (
        api_key_id uuid NOT NULL,
        key text NOT NULL,
        run_id uuid NOT NULL,
        request_sha256 bytea NOT NULL,
        running_until timestamptz,
        status_code integer,
        answer_sealed bytea,
        expires_at timestamptz NOT NULL,
        CONSTRAINT idempotency_pkey PRIMARY KEY (api_key_id, key)
      )`);
    await runner.query(`CREATE INDEX idempotency_expires_at_idx ON hookyard.idempotency (expires_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE hookyard.idempotency`);
    await runner.query(`DROP TABLE hookyard.audit`);
    await runner.query(`DROP TABLE hookyard.api_key`);
  }
}
