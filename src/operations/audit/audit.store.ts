import { Injectable } from '@nestjs/common';
import { auditJson } from '../../audit/audit-json.js';
import { newId } from '../../database/ids.js';
import { ApiDatabase } from '../api-database.js';
import type { AuditNote } from './audit-trail.js';

const MOST_TEXT = 512;

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
        auditJson(note.before),
        auditJson(note.after),
        statusCode,
        errorCode ?? null,
      ],
    );
  }
}
