import * as pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import { CreateEvents1795000000000 } from '../../migrations/1795000000000-CreateEvents.js';
import { CreateDeliveries1795000000001 } from '../../migrations/1795000000001-CreateDeliveries.js';
import { AddBodyParts1795000000002 } from '../../migrations/1795000000002-AddBodyParts.js';
import { KeepWhatVerificationSays1795000000003 } from '../../migrations/1795000000003-KeepWhatVerificationSays.js';
import { AddLanesAndForcedBreakers1795000000004 } from '../../migrations/1795000000004-AddLanesAndForcedBreakers.js';
import { CreateReplays1795000000005 } from '../../migrations/1795000000005-CreateReplays.js';
import { AddQuotas1795000000006 } from '../../migrations/1795000000006-AddQuotas.js';
import { FilterRoutes1795000000007 } from '../../migrations/1795000000007-FilterRoutes.js';
import { CreateApiAccess1795000000008 } from '../../migrations/1795000000008-CreateApiAccess.js';
import { RememberWhoDeclares1795000000017 } from '../../migrations/1795000000017-RememberWhoDeclares.js';
import { CreateSearch1795000000018 } from '../../migrations/1795000000018-CreateSearch.js';
import { CreateActivityAndAlerts1795000000021 } from '../../migrations/1795000000021-CreateActivityAndAlerts.js';
import { CreateIssues1795000000022 } from '../../migrations/1795000000022-CreateIssues.js';
import { EraseEvents1795000000023 } from '../../migrations/1795000000023-EraseEvents.js';
import { IndexAttemptsByTime1795000000026 } from '../../migrations/1795000000026-IndexAttemptsByTime.js';
import { ReplayOnlyTheLatest1795000000027 } from '../../migrations/1795000000027-ReplayOnlyTheLatest.js';
import { CreateMonitor1795000000028 } from '../../migrations/1795000000028-CreateMonitor.js';
import { SpeedUpLists1795000000030 } from '../../migrations/1795000000030-SpeedUpLists.js';
import { applicationOptions, connectionOptions } from './pools.js';

/** Migrations of the application that Hookyard runs in, as TypeORM takes them; their ledger is TypeORM's usual `migrations`. */
export type ApplicationMigrations = readonly (new () => MigrationInterface)[];

/** Our migrations, oldest first. A new one is one file in `migrations/` and one line here. */
export const migrations = [
  CreateEvents1795000000000,
  CreateDeliveries1795000000001,
  AddBodyParts1795000000002,
  KeepWhatVerificationSays1795000000003,
  AddLanesAndForcedBreakers1795000000004,
  CreateReplays1795000000005,
  AddQuotas1795000000006,
  FilterRoutes1795000000007,
  CreateApiAccess1795000000008,
  RememberWhoDeclares1795000000017,
  CreateSearch1795000000018,
  CreateActivityAndAlerts1795000000021,
  CreateIssues1795000000022,
  EraseEvents1795000000023,
  IndexAttemptsByTime1795000000026,
  ReplayOnlyTheLatest1795000000027,
  CreateMonitor1795000000028,
  SpeedUpLists1795000000030,
];

/** A connection that knows our migrations and nothing else; their ledger is `hookyard.migration`. Not yet initialised. */
export function migrationSource(url: string): DataSource {
  return new DataSource({
    ...options(url, connectionOptions(url, 'migrate')),
    schema: 'hookyard',
    migrations,
    migrationsTableName: 'migration',
  });
}

/** The same for the application's own migrations, in the schema `public` with TypeORM's usual ledger. */
export function applicationMigrationSource(url: string, own: ApplicationMigrations): DataSource {
  return new DataSource({ ...options(url, applicationOptions(url, 'migrate')), migrations: [...own] });
}

function options(
  url: string,
  connection: object,
): { type: 'postgres'; driver: object; url: string; poolSize: number; extra: object } {
  // Without these two limits: a migration takes as long as it needs.
  const extra = { ...connection, statement_timeout: 0, query_timeout: 0 };
  return { type: 'postgres', driver: pg, url, poolSize: 1, extra };
}
