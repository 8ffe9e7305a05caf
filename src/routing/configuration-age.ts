import type { PoolClient } from 'pg';
import type { DeclaredConfiguration } from '../config/config.js';
import type { SecretBox } from '../database/secret-box.js';

/** What one kind of process speaks for: a worker, for example, may not have the sources' secrets. */
export type Part = 'sources' | 'destinations';

/** What the database remembers of a part: a content's fingerprint, and whether another one took its place. */
export interface AppliedContent {
  readonly fingerprint: string;
  readonly isSuperseded: boolean;
}

/**
 * Whether a file is older than what is in force, and so must not be written over it; gives why, or `undefined`. A file may
 * say its age by its `revision`. Where that decides nothing, a content that was in force before and was replaced is older: a process
 * of the last deploy that starts again must not undo this one. `fingerprints`: of the file's content, under each key.
 */
export function whyOlder(
  file: { readonly revision: number | undefined; readonly fingerprints: readonly string[] },
  inForce: { readonly revision: number | undefined; readonly contents: readonly AppliedContent[] },
): string | undefined {
  if (file.revision !== undefined) {
    if (inForce.revision === undefined || file.revision > inForce.revision) return undefined;
    if (file.revision < inForce.revision) {
      return `its revision is ${file.revision}, and revision ${inForce.revision} has been applied`;
    }
  }
  const known = inForce.contents.filter(({ fingerprint }) => file.fingerprints.includes(fingerprint));
  const isOlder = known.length > 0 && known.every(({ isSuperseded }) => isSuperseded);
  return isOlder ? 'its content was in force before, and another one has taken its place since' : undefined;
}

/** Judges a part of what is declared, inside the transaction that applies it. Without a file there is nothing to be older. */
export async function findWhyOlder(
  client: PoolClient,
  box: SecretBox,
  declared: DeclaredConfiguration,
  part: Part,
): Promise<string | undefined> {
  if (declared.file === undefined) return undefined;
  const { rows } = await client.query<{ revision: string | null; contents: AppliedContent[] }>(
    `SELECT file_revision AS revision, coalesce((
       SELECT json_agg(json_build_object('fingerprint', fingerprint, 'isSuperseded', superseded_at IS NOT NULL))
       FROM hookyard.applied_file WHERE part = $1), '[]') AS contents
     FROM hookyard.configuration`,
    [part],
  );
  const { revision = null, contents = [] } = rows[0] ?? {};
  return whyOlder(
    { revision: declared.revision, fingerprints: box.fingerprints(declared.contents[part]) },
    { revision: revision === null ? undefined : Number(revision), contents },
  );
}

/** Remembers that this content of the part is the one in force now. */
export async function rememberApplied(
  client: PoolClient,
  box: SecretBox,
  declared: DeclaredConfiguration,
  part: Part,
): Promise<void> {
  const fingerprints = box.fingerprints(declared.contents[part]);
  // Under every key: a process that has only the old one must find its own content in force.
  await client.query(
    `INSERT INTO hookyard.applied_file AS known (part, fingerprint) SELECT $1, unnest($2::text[])
     ON CONFLICT (part, fingerprint) DO UPDATE SET
       applied_at = CASE WHEN known.superseded_at IS NULL THEN known.applied_at ELSE excluded.applied_at END,
       superseded_at = NULL`,
    [part, fingerprints],
  );
  await client.query(
    `UPDATE hookyard.applied_file SET superseded_at = now()
     WHERE part = $1 AND superseded_at IS NULL AND fingerprint <> ALL ($2::text[])`,
    [part, fingerprints],
  );
}
