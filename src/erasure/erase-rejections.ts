import type { PoolClient } from 'pg';
import type { SecretBox } from '../database/secret-box.js';
import { openRequest } from '../rejections/sealed-request.js';
import type { Topology } from '../routing/topology.js';
import { normalise } from '../sources/interpret.js';
import type { InboundRequest, SourceDescription } from '../sources/source.js';
import type { ErasureRequest } from './erasure.js';

const LOOKED_AT_ONCE = 50;

/** A stretch of the samples. */
interface ErasedRejections {
  readonly erased: number;
  readonly position: string;
  readonly isLast: boolean;
}

/**
 * Deletes samples of refused requests that are about a tenant or a subject: read as their source would read them, or with it in their
 * text. They are sealed, so each is opened; one that cannot be opened is deleted, because nobody can tell.
 */
export async function eraseRejections(
  client: PoolClient,
  box: SecretBox,
  topology: Topology,
  request: ErasureRequest,
  position: string,
): Promise<ErasedRejections> {
  const { rows } = await client.query<{ id: string; source_id: number; received_at: Date; request_sealed: Buffer }>(
    `SELECT id, source_id, received_at, request_sealed FROM hookyard.rejection
     WHERE id > $1 AND ($2::int[] IS NULL OR source_id = ANY ($2)) ORDER BY id LIMIT ${LOOKED_AT_ONCE} FOR UPDATE`,
    [position, request.sourceIds ?? null],
  );
  const descriptions = new Map([...topology.sources.values()].map(({ id, description }) => [id, description]));
  const about = rows.filter(({ source_id: sourceId, received_at: at, request_sealed: sealed }) => {
    try {
      return isAbout(openRequest(box, sealed, at), descriptions.get(sourceId), request);
    } catch {
      return true;
    }
  });
  if (about.length > 0) {
    await client.query(`DELETE FROM hookyard.rejection WHERE id = ANY ($1::uuid[])`, [about.map(({ id }) => id)]);
  }
  return {
    erased: about.length,
    position: rows.at(-1)?.id ?? position,
    isLast: rows.length < LOOKED_AT_ONCE,
  };
}

/** Whether a request is about it. Too many is better than too few: a sample is no event. */
function isAbout(
  inbound: InboundRequest,
  description: SourceDescription | undefined,
  { field, names }: Pick<ErasureRequest, 'field' | 'names'>,
): boolean {
  const written = names.flatMap((name) => [
    name,
    JSON.stringify(name).slice(1, -1),
    encodeURIComponent(name.toWellFormed()),
  ]);
  const texts = [inbound.body.toString('utf8'), inbound.url ?? '', ...Object.values(inbound.headers)];
  if (texts.some((text) => written.some((form) => text?.includes(form)))) return true;
  return (
    description !== undefined && normalise(description, inbound).some((event) => names.includes(event[field] ?? ''))
  );
}
