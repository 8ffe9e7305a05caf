import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import * as pg from 'pg';
import { poolSizes } from './pool-sizes.js';
import { applicationOptions } from './pools.js';

/**
 * The DataSource of the management API and of the application's own modules: entities they register with
 * `TypeOrmModule.forFeature` load into it. Our own tables are reached by their schema's name, so theirs stay in `public`.
 */
export function applicationDataSource(url: string, poolMax: number): TypeOrmModuleOptions {
  return {
    type: 'postgres',
    // Our own copy: TypeORM would look for one from where it lies, which a strict package manager keeps empty.
    driver: pg,
    url,
    autoLoadEntities: true,
    synchronize: false,
    poolSize: poolSizes(poolMax).api,
    extra: applicationOptions(url, 'api'),
    // The start-up has already waited for the database; failing now is a fault worth stopping for.
    retryAttempts: 3,
  };
}
