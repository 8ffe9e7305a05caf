import { basename } from 'node:path';
import { Controller, Delete, HttpCode, Param } from '@nestjs/common';
import { z } from 'zod';
import { Pools } from '../../database/pools.js';
import { HttpError } from '../../errors.js';
import { removeDestination } from '../../routing/remove-destination.js';
import { RemovedWatch } from '../../routing/removed-watch.js';
import { TopologyStore } from '../../routing/topology.store.js';
import { EventLog } from '../../telemetry/event-log.js';
import { NeedsRole } from '../access/role.js';
import { noteForAudit } from '../audit/audit-trail.js';
import { ok, type Envelope } from '../envelope.js';
import { Describes } from '../openapi/describes.js';

const removedAnswer = z.object({ name: z.string(), removed: z.literal(true) });

/** Takes destinations away for good. */
@Controller('api/v1/destinations')
@NeedsRole('admin')
export class RemoveDestinationController {
  constructor(
    private readonly pools: Pools,
    private readonly topology: TopologyStore,
    private readonly watch: RemovedWatch,
    private readonly events: EventLog,
  ) {}

  /**
   * Tombstones a destination that is no longer declared. What waits for it becomes dead (`destination_removed`), in the background;
   * its events can be replayed elsewhere.
   */
  @Delete(':name')
  @Describes({ summary: 'Remove a destination that is no longer declared', answer: removedAnswer })
  @HttpCode(200)
  async remove(@Param('name') name: string): Promise<Envelope<z.output<typeof removedAnswer>>> {
    // No name holds one, and Postgres fails on it.
    const removed = name.includes('\0')
      ? { outcome: 'unknown' as const }
      : await removeDestination(this.pools.work, name);
    switch (removed.outcome) {
      case 'unknown':
        throw new HttpError('DESTINATION_NOT_FOUND', 404, 'There is no such destination.');
      case 'declared':
        throw new HttpError(
          'DESTINATION_DECLARED',
          409,
          removed.kind === 'handler'
            ? 'A @WebhookHandler of the application has this name; take it out of the code first.'
            : `${basename(removed.file ?? 'hookyard.yaml')} declares it; take it out of the file, and apply or start again first.`,
        );
      case 'removed':
        noteForAudit({
          target: removed.name,
          before: { name: removed.name, kind: removed.kind, declaredBy: removed.declaredBy },
        });
        this.events.log.warn({ event: 'destination.removed', destination: removed.name }, 'destination removed');
        await this.topology.reload();
        this.watch.look();
        return ok({ name: removed.name, removed: true });
    }
  }
}
