import { setTimeout as sleep } from 'node:timers/promises';
import { DATABASE_NAME, DATABASE_USER } from './cluster.js';
import { joinServer, type JoinedServer } from './join-server.js';
import type { Presence } from './presence.js';
import { trimServerLog } from './server-log.js';
import { stopServer, type ServerSetup } from './server.js';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;
const TRIM_LOG_EVERY_MS = 10 * 60_000;

/** Watches over a server we joined: brings it back when it dies, and stops it when we are the last to leave. */
export class RunningPostgres {
  readonly adopted: boolean;
  readonly #port: number;
  readonly #stopRequested = new AbortController();
  readonly #logTrimmer: NodeJS.Timeout;
  readonly #lostListeners: (() => void)[] = [];
  readonly #restoredListeners: (() => void)[] = [];
  #presence: Presence | undefined;
  #recovery: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(
    private readonly setup: ServerSetup,
    joined: JoinedServer,
  ) {
    this.adopted = joined.adopted;
    this.#port = joined.port;
    this.#logTrimmer = setInterval(() => void trimServerLog(setup.cluster).catch(() => undefined), TRIM_LOG_EVERY_MS);
    this.#logTrimmer.unref();
    setup.claim.renew();
    this.#watch(joined.presence);
  }

  /** It says `sslmode=disable` because a PGSSLMODE in the user's shell, meant for another server, would be obeyed otherwise. */
  get url(): string {
    const { password } = this.setup.cluster;
    return `postgresql://${DATABASE_USER}:${password}@127.0.0.1:${this.#port}/${DATABASE_NAME}?sslmode=disable`;
  }

  get dataDirectory(): string {
    return this.setup.cluster.data;
  }

  onLost(callback: () => void): void {
    this.#lostListeners.push(callback);
  }

  onRestored(callback: () => void): void {
    this.#restoredListeners.push(callback);
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#leave());
  }

  #watch(presence: Presence): void {
    this.#presence = presence;
    presence.onLost(() => {
      this.#presence = undefined;
      if (!this.#stopRequested.signal.aborted) this.#recovery = this.#recover();
    });
  }

  /** On the same port, since pools hold it; as long as it takes, since only a person could do more. */
  async #recover(): Promise<void> {
    const { signal } = this.#stopRequested;
    const { log } = this.setup;
    log.warn({ port: this.#port }, 'lost the embedded Postgres; starting it again');
    for (const listener of this.#lostListeners) listener();
    for (let waitMs = FIRST_RETRY_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, MAX_RETRY_MS)) {
      try {
        const joined = await joinServer(this.setup, { fixedPort: this.#port, signal });
        this.#restored(joined);
        return;
      } catch (error) {
        if (!signal.aborted) log.error({ err: error, retryInMs: waitMs }, 'the embedded Postgres did not come back');
      }
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #restored(joined: JoinedServer): void {
    this.#watch(joined.presence);
    const fields = { port: joined.port, adopted: joined.adopted };
    if (joined.port === this.#port) this.setup.log.info(fields, 'the embedded Postgres is back');
    else this.setup.log.error(fields, 'the embedded Postgres came back on another port; restart this process');
    for (const listener of this.#restoredListeners) listener();
  }

  /** A recovery under way comes first: it ends at its next look, either with nothing running or with a presence to give up. */
  async #leave(): Promise<void> {
    this.#stopRequested.abort();
    clearInterval(this.#logTrimmer);
    await this.#recovery;
    const { claim, cluster, log } = this.setup;
    const presence = this.#presence;
    const last = (await presence?.leave()) ?? false;
    if (last) {
      await stopServer(this.setup);
      log.info({ data: cluster.data }, 'stopped the embedded Postgres');
    }
    await claim.end(last);
    await presence?.close();
  }
}
