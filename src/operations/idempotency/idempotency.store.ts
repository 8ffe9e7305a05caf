import { Injectable } from '@nestjs/common';
import { newId } from '../../database/ids.js';
import { SecretBox } from '../../database/secret-box.js';
import { ApiDatabase } from '../api-database.js';

/** How long a first answer is given again. */
const KEPT_FOR = '24 hours';
/** By then a request has ended or its process has; no statement of ours takes longer than 30 s, no destination is given more than two minutes. */
const RUNS_AT_MOST = '3 minutes';
/** A larger answer is not kept; a repeat is told so. */
const MOST_ANSWER_BYTES = 256 * 1024;
const CLEANED_AT_ONCE = 1_000;

/** A first answer. `body` is missing when it was too large to keep. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What a request with a key meets. */
export type Admission =
  | { readonly kind: 'run'; readonly runId: string }
  | { readonly kind: 'repeat'; readonly answer: KeptAnswer | 'not kept' }
  | { readonly kind: 'running' }
  | { readonly kind: 'other request' };

/** First answers by (API key, idempotency key). Sealed: an answer may hold a key that is shown once. */
@Injectable()
export class IdempotencyStore {
  constructor(
    private readonly database: ApiDatabase,
    private readonly box: SecretBox,
  ) {}

  /**
   * Admits one request per key. What expired, or whose process died before it could write its answer, is run anew.
   * `requestSha256`: of method, path and body.
   */
  async admit(apiKeyId: string, key: string, requestSha256: Buffer): Promise<Admission> {
    const runId = newId();
    const [mine] = await this.database.run(
      `INSERT INTO hookyard.idempotency AS i (api_key_id, key, run_id, request_sha256, running_until, expires_at)
       VALUES ($1, $2, $3, $4, clock_timestamp() + interval '${RUNS_AT_MOST}', clock_timestamp() + interval '${KEPT_FOR}')
       ON CONFLICT (api_key_id, key) DO UPDATE
       SET run_id = excluded.run_id, request_sha256 = excluded.request_sha256, running_until = excluded.running_until,
         expires_at = excluded.expires_at, status_code = NULL, answer_sealed = NULL
       WHERE i.expires_at < clock_timestamp()
         OR (i.running_until < clock_timestamp() AND i.request_sha256 = excluded.request_sha256)
       RETURNING run_id`,
      [apiKeyId, key, runId, requestSha256],
    );
    if (mine) return { kind: 'run', runId };
    const [first] = await this.database.run<{
      same: boolean;
      running: boolean;
      status_code: number | null;
      answer_sealed: Buffer | null;
    }>(
      `SELECT request_sha256 = $3 AS same, running_until IS NOT NULL AS running, status_code, answer_sealed
       FROM hookyard.idempotency WHERE api_key_id = $1 AND key = $2`,
      [apiKeyId, key, requestSha256],
    );
    // Given up between the two statements: whoever asks again is the first.
    if (!first) return { kind: 'running' };
    if (!first.same) return { kind: 'other request' };
    if (first.running || first.status_code === null) return { kind: 'running' };
    const kept = this.open(first.answer_sealed);
    return { kind: 'repeat', answer: kept ? { status: first.status_code, body: kept.body } : 'not kept' };
  }

  /** A process without the key that sealed it (keys are being rotated) cannot give the answer again, but must not run it again. */
  private open(sealed: Buffer | null): { readonly body: unknown } | undefined {
    try {
      return sealed ? { body: this.box.open(sealed) } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps the first answer, unless another run has taken over meanwhile. */
  async keep(runId: string, apiKeyId: string, key: string, answer: KeptAnswer): Promise<void> {
    const text = JSON.stringify(answer.body ?? null);
    const sealed = Buffer.byteLength(text) <= MOST_ANSWER_BYTES ? this.box.seal(JSON.parse(text)) : null;
    await this.database.run(
      `UPDATE hookyard.idempotency SET running_until = NULL, status_code = $4, answer_sealed = $5
       WHERE api_key_id = $2 AND key = $3 AND run_id = $1`,
      [runId, apiKeyId, key, answer.status, sealed],
    );
  }

  /** Frees a key whose run did nothing worth keeping. */
  async giveUp(runId: string, apiKeyId: string, key: string): Promise<void> {
    await this.database.run(`DELETE FROM hookyard.idempotency WHERE api_key_id = $2 AND key = $3 AND run_id = $1`, [
      runId,
      apiKeyId,
      key,
    ]);
  }

  /** Deletes what expired, in small steps. @returns how many. */
  async removeExpired(): Promise<number> {
    let removed = 0;
    for (;;) {
      const rows = await this.database.run(
        `DELETE FROM hookyard.idempotency WHERE (api_key_id, key) IN
           (SELECT api_key_id, key FROM hookyard.idempotency WHERE expires_at < clock_timestamp() LIMIT ${CLEANED_AT_ONCE})
         RETURNING 1`,
      );
      removed += rows.length;
      if (rows.length < CLEANED_AT_ONCE) return removed;
    }
  }
}
