/** A process of its own that uses the embedded database; run by embedded-process.ts, which speaks with it over IPC. */
import { startEmbeddedPostgres } from '../../src/embedded/start-embedded-postgres.js';

const [dataDir = '', packageDir] = process.argv.slice(2);
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
try {
  const postgres = await startEmbeddedPostgres({ dataDir, log: silent, packageDir });
  postgres.onLost(() => process.send?.('lost'));
  process.on('message', (message) => {
    if (message === 'stop') void postgres.stop().then(() => process.exit(0));
  });
  process.send?.({ url: postgres.url, adopted: postgres.adopted });
} catch (error) {
  process.send?.({ failure: String(error) });
}
