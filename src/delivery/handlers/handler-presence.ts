import { Injectable } from '@nestjs/common';
import { Pools } from '../../database/pools.js';
import { HANDLER_ABSENT_AFTER } from '../../queue/handler-names.js';
import { TopologyStore } from '../../routing/topology.store.js';
import { EventLog } from '../../telemetry/event-log.js';
import { HandlerRegistry } from './handler-registry.js';

const SAY_EVERY_MS = 60_000;

/**
 * Says once a minute which handlers this process has. During a rolling deploy only some processes have a new one; a handler
 * that none has had for ten minutes keeps its deliveries waiting, which somebody should know.
 */
@Injectable()
export class HandlerPresence {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pools: Pools,
    private readonly topology: TopologyStore,
    private readonly registry: HandlerRegistry,
    private readonly events: EventLog,
  ) {}

  async start(): Promise<void> {
    await this.say();
    this.timer = setInterval(() => void this.say(), SAY_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async say(): Promise<void> {
    const handlers = [...this.topology.current.destinations.values()].filter(({ kind }) => kind === 'handler');
    const own = handlers.filter(({ name }) => this.registry.get(name));
    try {
      await this.pools.work.query(
        `UPDATE hookyard.destination_gate SET handler_seen_at = clock_timestamp() WHERE destination_id = ANY ($1)`,
        [own.map(({ id }) => id)],
      );
      const { rows } = await this.pools.work.query<{ name: string }>(
        `SELECT d.name FROM hookyard.destination_gate g JOIN hookyard.destination d ON d.id = g.destination_id
         WHERE d.kind = 'handler' AND d.deleted_at IS NULL AND d.undeclared_at IS NULL
           AND g.handler_seen_at < clock_timestamp() - interval '${HANDLER_ABSENT_AFTER}'
           AND EXISTS (SELECT 1 FROM hookyard.delivery w WHERE w.destination_id = d.id AND w.status = 'pending')`,
      );
      for (const { name } of rows) {
        this.events.log.error(
          { event: 'handler.missing', handler: name },
          'no process has this handler; its deliveries wait',
        );
      }
    } catch (error) {
      this.events.log.debug({ error: (error as Error).message }, 'handler presence not written');
    }
  }
}
