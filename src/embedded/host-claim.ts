import { randomBytes } from 'node:crypto';
import { readFile, readlink, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_EVERY_MS = 2_000;
const STALE_AFTER_MS = 8_000;
/** Long enough for another who takes over at the same time to have written, too. */
const SETTLE_MS = 250;

/**
 * Keeps a second container away from the same volume. Postgres's lock file names a process id, which means nothing in another
 * container: there it looks stale, and two servers on the same files destroy them. So whoever starts a server first puts its
 * machine's name beside the data, and renews it while it uses them; processes of one machine share the claim.
 */
export class HostClaim {
  readonly #file: string;
  #timer: NodeJS.Timeout | undefined;

  constructor(home: string) {
    this.#file = join(home, 'host-claim');
  }

  /** Claims the data for this machine; or says who holds them. */
  async take(): Promise<string | undefined> {
    const self = await thisMachine();
    const made = await writeFile(this.#file, self, { flag: 'wx', mode: 0o600 }).then(() => true, ifExists);
    if (!made) {
      const holder = await this.#holder();
      if (holder !== self && (await this.#isFresh())) return holder;
      if (holder !== self) {
        const unfinished = `${this.#file}.tmp-${randomBytes(4).toString('hex')}`;
        await writeFile(unfinished, self, { mode: 0o600 });
        await rename(unfinished, this.#file);
        await sleep(SETTLE_MS);
        const settled = await this.#holder();
        if (settled !== self) return settled;
      }
    }
    this.renew();
    return undefined;
  }

  /** Keeps the claim fresh as long as this process uses the data. */
  renew(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => void this.#touch(), BEAT_EVERY_MS);
    this.#timer.unref();
    void this.#touch();
  }

  /** This process is done with the data; the last one of its machine clears the way for others at once. */
  async end(last: boolean): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (last) await rm(this.#file, { force: true });
  }

  async #touch(): Promise<void> {
    try {
      await utimes(this.#file, new Date(), new Date());
    } catch {
      // The last process before us took it away just when we came.
      await writeFile(this.#file, await thisMachine(), { flag: 'wx', mode: 0o600 }).catch(() => undefined);
    }
  }

  async #holder(): Promise<string> {
    return readFile(this.#file, 'utf8').catch(() => 'nobody');
  }

  async #isFresh(): Promise<boolean> {
    const found = await stat(this.#file).catch(() => undefined);
    return found !== undefined && Math.abs(Date.now() - found.mtimeMs) < STALE_AFTER_MS;
  }
}

/** Same name, same process ids: the host's name alone is shared by containers that use the host's network. */
async function thisMachine(): Promise<string> {
  const processNamespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${hostname()} ${processNamespace}`.trim();
}

function ifExists(error: NodeJS.ErrnoException): false {
  if (error.code !== 'EEXIST') throw error;
  return false;
}
