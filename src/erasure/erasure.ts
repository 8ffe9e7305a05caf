/** What is erased in bulk: everything of a tenant, or everything about a subject. */
export interface ErasureRequest {
  readonly field: 'tenant' | 'subject';
  /** Tenants or subjects. */
  readonly names: readonly string[];
  /** `undefined`: of all sources. */
  readonly sourceIds: readonly number[] | undefined;
}

/** A row of `hookyard.erasure`. */
export interface ErasureRow {
  id: string;
  field: 'tenant' | 'subject';
  /** `null` when it is done: what was asked for is personal data too. */
  names: string[] | null;
  source_ids: number[] | null;
  status: 'running' | 'finished';
  position: string;
  rejection_position: string | null;
  total: number | null;
  total_is_exact: boolean;
  processed: number;
  erased: number;
  cancelled: number;
  rejections: number;
  created_at: Date;
  ended_at: Date | null;
}

/** Columns of `ErasureRow`, of the table with the alias `t`. */
export const ERASURE_COLUMNS = `t.id, t.field, t.names, t.source_ids, t.status, t.position, t.rejection_position, t.total,
  t.total_is_exact, t.processed, t.erased, t.cancelled, t.rejections, t.created_at, t.ended_at`;
