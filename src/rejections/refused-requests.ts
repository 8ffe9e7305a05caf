import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { SecretBox } from '../database/secret-box.js';
import { HttpError } from '../errors.js';
import { TopologyStore } from '../routing/topology.store.js';
import { openRequest } from './sealed-request.js';

/** What may be shown of a request that was refused: neither signatures nor what else may be a secret is among its headers. */
export interface ShownRequest {
  readonly contentType: string | null;
  /** Those that an accepted request of this source would have kept. */
  readonly headers: Readonly<Record<string, string>>;
  /** What was kept of it; `rejection.body_cut` says whether that is all. */
  readonly body: Buffer;
}

/** Headers that are kept of every sender. */
const ALWAYS_SHOWN = ['content-type', 'user-agent'];

/** Opens samples of refused requests for people. */
@Injectable()
export class RefusedRequests {
  constructor(
    private readonly pools: Pools,
    private readonly box: SecretBox,
    private readonly topology: TopologyStore,
  ) {}

  /** `id`: stored form. @throws HttpError when there is none, or its seal cannot be opened here. */
  async open(id: string): Promise<ShownRequest> {
    const { rows } = await this.pools.work.query<{ source_id: number; received_at: Date; request_sealed: Buffer }>(
      'SELECT source_id, received_at, request_sealed FROM hookyard.rejection WHERE id = $1',
      [id],
    );
    const [row] = rows;
    if (!row) throw new HttpError('REJECTION_NOT_FOUND', 404, 'There is no such rejection; it may have expired.');
    const source = [...this.topology.current.sources.values()].find((candidate) => candidate.id === row.source_id);
    // Of a source that is not known here nobody can say which of its own headers are harmless.
    const { keep = [], signature = [], secret = [] } = source?.description.headers ?? {};
    const hidden = [...signature, ...secret, ...(source?.description.scheme.headers ?? [])];
    const shown = [...ALWAYS_SHOWN, ...keep].filter((name) => !hidden.includes(name));
    const { headers, body } = this.unsealed(row.request_sealed, row.received_at);
    const harmless = shown.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as const]));
    return { contentType: headers['content-type'] ?? null, headers: Object.fromEntries(harmless), body };
  }

  private unsealed(sealed: Buffer, receivedAt: Date): ReturnType<typeof openRequest> {
    try {
      return openRequest(this.box, sealed, receivedAt);
    } catch {
      const why = 'This rejection cannot be shown: it was sealed with an encryption key that is not here.';
      throw new HttpError('REJECTION_UNUSABLE', 409, why);
    }
  }
}
