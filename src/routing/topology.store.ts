import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';
import { SecretBox } from '../database/secret-box.js';
import { EventLog } from '../telemetry/event-log.js';
import { loadTopology, readRevision } from './load-topology.js';
import { SourceCatalogue } from './source-catalogue.js';
import { EMPTY_TOPOLOGY, type Topology } from './topology.js';

const LOOK_EVERY_MS = 1_000;

/** Holds the topology in force and keeps it fresh: a change made by any process is here within about a second. */
@Injectable()
export class TopologyStore {
  private topology: Topology = EMPTY_TOPOLOGY;
  private timer: NodeJS.Timeout | undefined;
  private loading: Promise<void> | undefined;

  constructor(
    private readonly pools: Pools,
    private readonly box: SecretBox,
    private readonly catalogue: SourceCatalogue,
    private readonly events: EventLog,
  ) {}

  /** The newest picture this process has; ask again for each unit of work, never keep it. */
  get current(): Topology {
    return this.topology;
  }

  /** The picture in force at this moment, not that of a second ago. Rejects when the database does not say. */
  async upToDate(): Promise<Topology> {
    if ((await readRevision(this.pools.work)) !== this.topology.revision) await this.reload();
    return this.topology;
  }

  /** Loads once, then looks for a new revision every second. */
  async start(): Promise<void> {
    await this.reload();
    this.timer = setInterval(() => void this.refresh(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Reads the whole topology now. */
  async reload(): Promise<void> {
    this.topology = await loadTopology(this.pools.work, this.box, this.catalogue.descriptions, (what, reason) =>
      this.events.log.error({ event: 'configuration.unusable', what, reason }, 'left out of the configuration'),
    );
  }

  /** One look at a time; a database that is away keeps the last picture in force. */
  private async refresh(): Promise<void> {
    this.loading ??= (async () => {
      try {
        if ((await readRevision(this.pools.work)) !== this.topology.revision) await this.reload();
      } catch (error) {
        this.events.log.debug({ error: (error as Error).message }, 'configuration not looked at');
      } finally {
        this.loading = undefined;
      }
    })();
    await this.loading;
  }
}
