import { Injectable } from '@nestjs/common';
import { newId } from '../../database/ids.js';
import { ApiDatabase } from '../api-database.js';
import type { Principal } from './principal.js';
import type { Role } from './role.js';

/** A row of `API_KEY_COLUMNS`. */
export interface ApiKeyRow {
  id: string;
  label: string;
  role: Role;
  prefix: string;
  created_by: string;
  created_at: Date;
  not_after: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

/** The listed table has the alias `t`. Never the digest. */
export const API_KEY_COLUMNS =
  't.id, t.label, t.role, t.prefix, t.created_by, t.created_at, t.not_after, t.last_used_at, t.revoked_at';

/** Keys of the management API, as stored. */
@Injectable()
export class ApiKeyStore {
  constructor(private readonly database: ApiDatabase) {}

  /** Who holds the key with this digest; `undefined` when nobody does, it is revoked or its time is over. */
  async find(sha256: Buffer): Promise<Principal | undefined> {
    const [row] = await this.database.run<{ id: string; label: string; role: Role; is_stale: boolean }>(
      `SELECT id, label, role, coalesce(last_used_at < clock_timestamp() - interval '1 minute', true) AS is_stale
       FROM hookyard.api_key
       WHERE key_sha256 = $1 AND revoked_at IS NULL AND (not_after IS NULL OR not_after > clock_timestamp())`,
      [sha256],
    );
    if (!row) return undefined;
    // To the minute: otherwise every read of a list would be a write.
    if (row.is_stale) {
      await this.database.run('UPDATE hookyard.api_key SET last_used_at = clock_timestamp() WHERE id = $1', [row.id]);
    }
    return { keyId: row.id, label: row.label, role: row.role };
  }

  /** Stores a new key's digest. */
  async add(key: {
    readonly label: string;
    readonly role: Role;
    readonly prefix: string;
    readonly sha256: Buffer;
    readonly createdBy: string;
    readonly notAfter: Date | undefined;
  }): Promise<ApiKeyRow> {
    const [row] = await this.database.run<ApiKeyRow>(
      `INSERT INTO hookyard.api_key AS t (id, label, role, prefix, key_sha256, created_by, not_after)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${API_KEY_COLUMNS}`,
      [newId(), key.label, key.role, key.prefix, key.sha256, key.createdBy, key.notAfter ?? null],
    );
    return row as ApiKeyRow;
  }

  /** Ends a key for good; the first time stands. @returns the key, and whether it was revoked before; `undefined` when there is none. */
  async revoke(id: string): Promise<(ApiKeyRow & { readonly revoked_before: Date | null }) | undefined> {
    const [row] = await this.database.run<ApiKeyRow & { revoked_before: Date | null }>(
      `WITH found AS (SELECT id, revoked_at FROM hookyard.api_key WHERE id = $1 FOR UPDATE)
       UPDATE hookyard.api_key t SET revoked_at = coalesce(t.revoked_at, clock_timestamp()) FROM found WHERE t.id = found.id
       RETURNING ${API_KEY_COLUMNS}, found.revoked_at AS revoked_before`,
      [id],
    );
    return row;
  }
}
