import { chmod, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterPath } from '../src/embedded/cluster.js';
import { startEmbeddedPostgres } from '../src/embedded/start-embedded-postgres.js';

/** A folder of the demo's own, so that nothing of yours is touched; it goes when the demo does. */
export class Workspace {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Workspace> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'hookyard-demo-')));
    // Postgres refuses to run as root; the account it then runs under must get in here.
    if (process.getuid?.() === 0) await chmod(folder, 0o755);
    return new Workspace(folder);
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  /** The router makes its key itself. */
  get keyFile(): string {
    return join(this.dataDir, 'api.key');
  }

  /** Holds secrets: for us alone. */
  async writeConfiguration(text: string): Promise<void> {
    await writeFile(join(this.folder, 'hookyard.yaml'), text, { mode: 0o600 });
  }

  /** The process id of the database server; `undefined` when none runs. */
  async databasePid(): Promise<number | undefined> {
    const lock = join(clusterPath(this.dataDir), 'data', 'postmaster.pid');
    return readFile(lock, 'utf8').then(
      (text) => Number.parseInt(text, 10),
      () => undefined,
    );
  }

  /** Ends a database server that a killed router left behind, and removes everything. */
  async remove(): Promise<void> {
    if ((await this.databasePid()) !== undefined) await this.stopDatabase();
    // Where Postgres's account may not enter the temporary folder, the data lie elsewhere, behind a link.
    const home = await realpath(clusterPath(this.dataDir)).catch(() => undefined);
    for (const place of [home, this.folder]) {
      if (place) await rm(place, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
  }

  private async stopDatabase(): Promise<void> {
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    try {
      // Joins it, and so stops it on leaving, as the last one out.
      const postgres = await startEmbeddedPostgres({ dataDir: this.dataDir, log });
      await postgres.stop();
    } catch {
      const pid = await this.databasePid();
      const isThere = await stat(join(clusterPath(this.dataDir), 'data')).catch(() => undefined);
      if (pid !== undefined && isThere) process.kill(pid, 'SIGQUIT');
    }
  }
}
