import { Injectable } from '@nestjs/common';
import { BodyStore } from '../events/body.store.js';
import { storedDocument } from '../routing/stored-document.js';
import { SourceCatalogue } from '../routing/source-catalogue.js';
import { TopologyStore } from '../routing/topology.store.js';
import { findSourceType } from '../sources/catalog.js';
import { configureSource } from '../sources/configure-source.js';
import type { SourceDescription } from '../sources/source.js';
import { readAgain, type Rereading } from './read-again.js';
import type { StoredEvent } from './stored-event.js';

/** Bodies in memory at a time; a single larger one goes alone. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Reads stored events through the source types as this process has them. */
@Injectable()
export class Rereader {
  constructor(
    private readonly bodies: BodyStore,
    private readonly topology: TopologyStore,
    private readonly catalogue: SourceCatalogue,
  ) {}

  /** The parsed body of an event, as filters see it. `undefined` also when it is not stored any more; check `hasBody`. */
  async readData(event: StoredEvent): Promise<unknown> {
    const [body] = await this.bodies.readBodies([event.body]);
    const facts = { ...event, contentType: event.headers['content-type'] };
    return body && storedDocument(facts, body, this.catalogue.descriptions).data;
  }

  /**
   * Reads the events one after the other, in order, a few bodies at a time: take as many as are needed, then stop. `undefined`:
   * the body is no longer stored.
   */
  async *read(events: readonly StoredEvent[]): AsyncGenerator<readonly [StoredEvent, Rereading | undefined]> {
    for (let next = 0; next < events.length;) {
      const group: StoredEvent[] = [];
      let bytes = 0;
      for (const event of events.slice(next)) {
        if (group.length > 0 && bytes + event.body.length > MAX_BYTES) break;
        group.push(event);
        bytes += event.body.length;
      }
      next += group.length;
      const bodies = await this.bodies.readBodies(group.map(({ body }) => body));
      for (const [index, event] of group.entries()) {
        const body = bodies[index];
        yield [event, body && this.readOne(event, body)];
      }
    }
  }

  private readOne(event: StoredEvent, body: Buffer): Rereading {
    const description = this.describe(event);
    return description ? readAgain(description, event, body) : { outcome: 'unreadable' };
  }

  /** With the source's own options, if it is still there; else as its type is without any. */
  private describe({ source, sourceId, sourceType }: StoredEvent): SourceDescription | undefined {
    const configured = this.topology.current.sources.get(source);
    if (configured?.id === sourceId) return configured.description;
    const type = findSourceType(this.catalogue.descriptions, sourceType);
    try {
      return type && configureSource(type, undefined);
    } catch {
      // Its type cannot be read without options, and those left with the source.
      return undefined;
    }
  }
}
