import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What verifying found out, kept for people: samples of refused requests, which secrets still match, bodies that came again
 * under another id, and events that were taken although nothing proved who sent them.
 */
export class KeepWhatVerificationSays1795000000003 implements MigrationInterface {
  name = 'KeepWhatVerificationSays1795000000003';

  async up(runner: QueryRunner): Promise<void> {
    // The request itself is sealed: a refused one may hold a genuine body, or a bearer secret of another source.
    await runner.query(`
      CREATE TABLE hookyard.rejection (
        id uuid CONSTRAINT rejection_pkey PRIMARY KEY,
        source_id integer NOT NULL,
        received_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        reason text NOT NULL,
        detail text NOT NULL,
        near_miss boolean NOT NULL,
        off_by_seconds bigint,
        matched_source text,
        matched_secret text,
        matched_label text,
        body_length integer NOT NULL,
        body_cut boolean NOT NULL,
        request_sealed bytea NOT NULL,
        event_id uuid,
        reverified_at timestamptz
      )`);
    await runner.query(`CREATE INDEX rejection_source_id_idx ON hookyard.rejection (source_id, id)`);
    await runner.query(`CREATE INDEX rejection_expires_at_idx ON hookyard.rejection (expires_at)`);

    // By fingerprint, not by position: a list of secrets is written anew whenever one is changed.
    await runner.query(`
      CREATE TABLE hookyard.source_secret (
        source_id integer NOT NULL,
        fingerprint text NOT NULL,
        last_matched_at timestamptz NOT NULL,
        CONSTRAINT source_secret_pkey PRIMARY KEY (source_id, fingerprint)
      )`);
    // Secrets that were taken out of the configuration; only to recognise a sender that still uses one.
    await runner.query(`ALTER TABLE hookyard.source ADD previous_secrets_sealed bytea`);

    // One row for a body while its sender may still repeat it; only of senders that do not sign the id.
    await runner.query(`
      CREATE TABLE hookyard.body_sighting (
        source_id integer NOT NULL,
        fingerprint bytea NOT NULL,
        first_event_id uuid NOT NULL,
        external_ids text[] COLLATE "C" NOT NULL,
        seen integer NOT NULL,
        window_ends_at timestamptz NOT NULL,
        CONSTRAINT body_sighting_pkey PRIMARY KEY (source_id, fingerprint)
      )`);
    await runner.query(`CREATE INDEX body_sighting_window_ends_at_idx ON hookyard.body_sighting (window_ends_at)`);

    // refusal: what enforcing the signature would have been told, on an event that a source in shadow mode took.
    await runner.query(`ALTER TABLE hookyard.event ADD suspected_replay_of uuid, ADD refusal text`);
    // Few rows have one; the lists that ask for them should not read the others.
    await runner.query(
      `CREATE INDEX event_suspected_replay_idx ON hookyard.event (id) WHERE suspected_replay_of IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX hookyard.event_suspected_replay_idx`);
    await runner.query(`ALTER TABLE hookyard.event DROP suspected_replay_of, DROP refusal`);
    await runner.query(`DROP TABLE hookyard.body_sighting`);
    await runner.query(`ALTER TABLE hookyard.source DROP previous_secrets_sealed`);
    await runner.query(`DROP TABLE hookyard.source_secret`);
    await runner.query(`DROP TABLE hookyard.rejection`);
  }
}
