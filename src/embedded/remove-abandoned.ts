import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A killed process leaves its unfinished folder behind; after this long nobody is still working on it. */
const ABANDONED_AFTER_MS = 15 * 60_000;
const UNFINISHED = /^(postgres|postgres-binaries-.+|[0-9a-f]{16})\.tmp-[0-9a-f]{8}$/;

/** Removes what killed starts left unfinished: half-made clusters and half-made copies of the programs. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!UNFINISHED.test(name)) continue;
    const found = await stat(join(folder, name)).catch(() => undefined);
    const abandoned = found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS;
    if (abandoned) await rm(join(folder, name), { recursive: true, force: true });
  }
}
