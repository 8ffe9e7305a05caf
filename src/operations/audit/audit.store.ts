import { Injectable } from '@nestjs/common';
import { newId } from '../../database/ids.js';
import { ApiDatabase } from '../api-database.js';
import type { AuditNote } from './audit-trail.js';
import { withoutSecrets } from './without-secrets.js';

const MOST_TEXT = 512;
const MOST_JSON = 16 * 1024;

/** Who does what, known before it is done. */
export interface AuditOpening {
  readonly keyId: string;
  readonly actor: string;
  readonly role: string;
  readonly address: string;
  /** Method and route: `POST /deliveries/:id/retry`. */
  readonly action: string;
  /** The path as it was asked for, without query. */
  readonly path: string;
}

/** The audit log. */
@Injectable()
export class AuditStore {
  constructor(private readonly database: ApiDatabase) {}

  /** Writes that something is about to be done. @returns the line's id. */
  async open(line: AuditOpening): Promise<string> {
    const id = newId();
    await this.database.run(
      `INSERT INTO hookyard.audit (id, api_key_id, actor, role, address, action, path) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [id, line.keyId, line.actor, line.role, line.address, line.action, line.path.slice(0, MOST_TEXT)],
    );
    return id;
  }

  /** Writes how it went. `errorCode`: of an answer that was an error. */
  async close(id: string, note: AuditNote, statusCode: number, errorCode: string | undefined): Promise<void> {
    await this.database.run(
      `UPDATE hookyard.audit SET target = $2, before = $3, after = $4, status_code = $5, error_code = $6 WHERE id = $1`,
      [
        id,
        note.target?.slice(0, MOST_TEXT) ?? null,
        json(note.before),
        json(note.after),
        statusCode,
        errorCode ?? null,
      ],
    );
  }
}

/** As a parameter for a jsonb column: no secrets, no NUL (Postgres has none), not without end. */
function json(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(withoutSecrets(value)).replaceAll('\\u0000', '');
  return text.length <= MOST_JSON ? text : JSON.stringify({ left: 'out', bytes: text.length });
}
