import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Pools } from './pools.js';
import { SecretBox } from './secret-box.js';

/** Connections and the box that seals secrets, made before Nest is. */
@Global()
@Module({})
export class DatabaseModule {
  static with({ pools, box }: { readonly pools: Pools; readonly box: SecretBox }): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        { provide: Pools, useValue: pools },
        { provide: SecretBox, useValue: box },
      ],
      exports: [Pools, SecretBox],
    };
  }
}
