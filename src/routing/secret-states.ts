import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { SecretBox } from '../database/secret-box.js';
import { EventLog } from '../telemetry/event-log.js';
import { allEnded, endingSecrets, type SecretState } from './secret-ends.js';
import { TopologyStore } from './topology.store.js';
import type { Source } from './topology.js';

/** What is known of the secrets in force: when each ends, and when it last matched. */
@Injectable()
export class SecretStates {
  constructor(
    private readonly pools: Pools,
    private readonly box: SecretBox,
    private readonly topology: TopologyStore,
    private readonly events: EventLog,
  ) {}

  /** Of these sources, by the source's id, in the order of the configuration. */
  async read(sources: readonly Source[]): Promise<Map<number, SecretState[]>> {
    const { rows } = await this.pools.work.query<{ source_id: number; fingerprint: string; last_matched_at: Date }>(
      'SELECT source_id, fingerprint, last_matched_at FROM hookyard.source_secret WHERE source_id = ANY ($1::int[])',
      [sources.map(({ id }) => id)],
    );
    const matchedAt = new Map(rows.map((row) => [`${row.source_id} ${row.fingerprint}`, row.last_matched_at]));
    return new Map(
      sources.map(({ id, secrets }) => [
        id,
        secrets.map(({ value, fingerprint, label, notAfter }) => {
          // Noted before the encryption key was rotated, it stands under the older key's fingerprint.
          const times = this.box.fingerprints(value).map((name) => matchedAt.get(`${id} ${name}`)?.getTime() ?? 0);
          const latest = Math.max(...times);
          return { fingerprint, label, notAfter, lastMatchedAt: latest === 0 ? undefined : new Date(latest) };
        }),
      ]),
    );
  }

  /** Says in the log which secrets end soon although they are needed; run at start and every hour. */
  async warn(): Promise<void> {
    const sources = [...this.topology.current.sources.values()];
    const states = await this.read(sources);
    const now = new Date();
    for (const { id, slug } of sources) {
      const secrets = states.get(id) ?? [];
      if (allEnded(secrets, now)) {
        this.events.log.error({ event: 'secret.none_left', source: slug }, 'all secrets have ended: all is refused');
      }
      for (const ending of endingSecrets(secrets, now)) {
        this.events.log.warn({ event: 'secret.ending', source: slug, ...ending }, 'a secret that is needed ends soon');
      }
    }
  }
}
