import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { SourceDescription } from '../sources/source.js';
import { HeldWatch } from './held-watch.js';
import { RemovedWatch } from './removed-watch.js';
import { SecretStates } from './secret-states.js';
import { SecretUse } from './secret-use.js';
import { SourceCatalogue } from './source-catalogue.js';
import { TopologyStore } from './topology.store.js';

/** 3: sources, destinations, routes, and which event goes where. Global: every stage asks the topology in force. */
@Global()
@Module({})
export class RoutingModule {
  /** `catalogue`: every source type this process knows. */
  static with(catalogue: readonly SourceDescription[]): DynamicModule {
    return {
      module: RoutingModule,
      providers: [
        { provide: SourceCatalogue, useValue: new SourceCatalogue(catalogue) },
        TopologyStore,
        HeldWatch,
        RemovedWatch,
        SecretUse,
        SecretStates,
      ],
      exports: [SourceCatalogue, TopologyStore, HeldWatch, RemovedWatch, SecretUse, SecretStates],
    };
  }
}
