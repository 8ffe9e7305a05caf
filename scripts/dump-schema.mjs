/** `npm run schema:dump`: writes migrations/schema.sql, the schema as the migrations make it on an empty database. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { migrate } from '../dist/src/database/migrate.js';
import { startEmbeddedPostgres } from '../dist/src/embedded/start-embedded-postgres.js';
import { schemaText } from './schema-text.ts';

const target = fileURLToPath(new URL('../migrations/schema.sql', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'hookyard-schema-'));
// The account that Postgres runs under must get in here.
chmodSync(dataDir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir, log: { info() {}, warn: console.warn, error: console.error } });
try {
  await migrate(postgres.url, false);
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  writeFileSync(target, await schemaText(client));
  await client.end();
  console.log(`Wrote ${target}`);
} finally {
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
