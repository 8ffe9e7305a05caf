import { Injectable } from '@nestjs/common';
import { EventLog } from '../telemetry/event-log.js';
import { IssueStore } from './issue.store.js';
import type { Failure, FailureGroup } from './issue.js';

const WRITE_EVERY_MS = 1_000;
/** More groups than destinations × kinds of failure ever make in a second; past it failures are counted but not filed. */
const MOST_GROUPS = 5_000;

/**
 * Gathers failures in memory and files them once a second, off the way that deliveries take. A killed process loses at most that
 * second's counts of issues, never a delivery: attempts and dead letters are on disk before they are noted here.
 */
@Injectable()
export class IssueLedger {
  private groups = new Map<string, FailureGroup>();
  private unfiled = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;

  constructor(
    private readonly store: IssueStore,
    private readonly events: EventLog,
  ) {}

  /** Takes a failure that is on disk. */
  note({ destinationId, errorClass, statusCode, deliveryId, isDead }: Failure): void {
    const key = `${destinationId}/${errorClass}/${statusCode ?? ''}`;
    const now = performance.now();
    const group = this.groups.get(key);
    if (group) {
      group.failures += 1;
      group.dead += Number(isDead);
      group.lastDeliveryId = deliveryId;
      group.lastAt = now;
    } else if (this.groups.size < MOST_GROUPS) {
      const dead = Number(isDead);
      const first = { failures: 1, dead, lastDeliveryId: deliveryId, firstAt: now, lastAt: now };
      this.groups.set(key, { destinationId, errorClass, statusCode, ...first });
    } else {
      this.unfiled += 1;
    }
    this.writeSoon();
  }

  /** Resolves when what was noted is written, or could not be. */
  async flush(): Promise<void> {
    await this.writing;
    if (this.groups.size > 0) await this.write();
  }

  private write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing ??= this.writeAll().finally(() => {
      this.writing = undefined;
      if (this.groups.size > 0) this.writeSoon();
    });
    return this.writing;
  }

  private writeSoon(): void {
    this.timer ??= setTimeout(() => void this.write(), WRITE_EVERY_MS).unref();
  }

  private async writeAll(): Promise<void> {
    const { groups, unfiled } = this;
    this.groups = new Map();
    this.unfiled = 0;
    if (unfiled > 0) this.events.log.warn({ event: 'issues.overflow', count: unfiled }, 'failures not filed as issues');
    try {
      for (const { reopened, ...issue } of await this.store.file([...groups.values()])) {
        if (reopened) this.events.log.warn({ event: 'issue.reopened', ...issue }, 'an issue that was resolved is back');
        else this.events.log.warn({ event: 'issue.opened', ...issue }, 'a destination fails in a new way');
      }
    } catch (error) {
      this.events.log.warn({ event: 'issues.unwritten', error: (error as Error).message }, 'issues are written later');
      this.takeBack(groups);
    }
  }

  /** What could not be written counts with what came meanwhile. */
  private takeBack(groups: ReadonlyMap<string, FailureGroup>): void {
    for (const [key, group] of groups) {
      const newer = this.groups.get(key);
      this.groups.set(
        key,
        newer
          ? {
              ...newer,
              failures: group.failures + newer.failures,
              dead: group.dead + newer.dead,
              firstAt: group.firstAt,
            }
          : group,
      );
    }
  }
}
