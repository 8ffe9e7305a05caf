import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '../errors.js';
import { storePort } from './cluster.js';
import { choosePort, isPortFree } from './port.js';
import { inspectPostmaster, removeStaleLock } from './postmaster.js';
import { Presence } from './presence.js';
import { launchServer, signalServer, stopServer, type LaunchedServer, type ServerSetup } from './server.js';
import { readServerLog, serverLogPath } from './server-log.js';

/** A server that is ours, runs, and knows that we use it. */
export interface JoinedServer {
  readonly presence: Presence;
  readonly port: number;
  /** It ran already: another process started it, or one that was killed. */
  readonly adopted: boolean;
}

export interface JoinOptions {
  /** The only port to start a server on; without it another is chosen when the stored one is taken. */
  readonly fixedPort?: number;
  /** Ends the attempt; a server started by it is stopped again. */
  readonly signal?: AbortSignal;
}

const GIVE_UP_AFTER_MS = 60_000;
/** A live server that replays its log after a crash makes progress; it gets longer. */
const GIVE_UP_ON_RECOVERY_AFTER_MS = 15 * 60_000;
const POLL_MS = 15;
const MAX_WAIT_MS = 500;

/** Passing troubles: another process was first (or already stopped it again), or a killed server's processes linger. */
const PASSING =
  /lock file "postmaster\.pid" (already exists|is empty)|pre-existing shared memory block|could not create any TCP\/IP sockets|received \w+ shutdown request/;

/**
 * Adopts the running server or starts one, whatever other processes do at the same time: Postgres's own lock file decides who
 * starts it, and everybody else finds it running at the next look.
 */
export async function joinServer(setup: ServerSetup, options: JoinOptions = {}): Promise<JoinedServer> {
  const search = new ServerSearch(setup, options);
  try {
    return await search.run();
  } catch (error) {
    await search.abandon();
    if (!options.fixedPort) await setup.claim.end(false);
    throw error;
  }
}

class ServerSearch {
  readonly #began = Date.now();
  #launched: LaunchedServer | undefined;
  #troubles = 0;
  #lastTrouble = 'the server does not answer';
  #recovering = false;
  #portWasTaken = false;

  constructor(
    private readonly setup: ServerSetup,
    private readonly options: JoinOptions,
  ) {}

  async run(): Promise<JoinedServer> {
    for (;;) {
      const found = await this.#look();
      if (typeof found !== 'number') return found;
      this.options.signal?.throwIfAborted();
      const patience = this.#recovering ? GIVE_UP_ON_RECOVERY_AFTER_MS : GIVE_UP_AFTER_MS;
      if (Date.now() - this.#began > patience) throw await this.#failure(this.#lastTrouble);
      await sleep(found, undefined, { signal: this.options.signal });
    }
  }

  /** Takes back a start that came to nothing, so that no server is left which nobody knows of. */
  async abandon(): Promise<void> {
    const launched = this.#launched;
    if (!launched || launched.ended() !== undefined) return;
    const state = await inspectPostmaster(this.setup.cluster.data);
    if (state.kind === 'alive' && state.pid === launched.pid) await stopServer(this.setup);
    // It has not come as far as its lock file.
    else if (launched.pid !== undefined) await signalServer(this.setup, launched.pid, 'INT');
  }

  /** One look at the data directory and the one step it calls for; a number says when to look again. */
  async #look(): Promise<JoinedServer | number> {
    const { cluster, log } = this.setup;
    const state = await inspectPostmaster(cluster.data);
    this.#recovering = state.kind === 'alive' && state.status === 'starting';
    if (state.kind === 'alive') {
      if (state.port === undefined || ['', 'starting'].includes(state.status)) return POLL_MS;
      if (state.status === 'stopping') return this.#retryAfter('it is stopping');
      return this.#knock(state.pid, state.port);
    }
    if (this.#launched) return this.#awaitLaunched(this.#launched);
    // Before the lock file is touched: that of a server in another container looks stale from here.
    const heldElsewhere = await this.#claim();
    if (heldElsewhere !== undefined) return this.#retryAfter(heldElsewhere);
    if (state.kind === 'none') return this.#launch();
    log.warn({ data: cluster.data }, 'removing the lock file of a server that no longer runs');
    await removeStaleLock(cluster.data, state.content);
    return 0;
  }

  async #knock(pid: number, port: number): Promise<JoinedServer | number> {
    const result = await Presence.take(this.setup.cluster, port);
    if (result.kind === 'not-yet') return this.#retryAfter(result.reason);
    if (result.kind === 'refused') {
      throw await this.#failure(
        `the server on port ${port} (process ${pid}) is not ours or refuses us: ${result.reason}`,
      );
    }
    const adopted = pid !== this.#launched?.pid;
    // The one who started the server tells the next start; adopters only follow.
    if (!adopted && port !== this.setup.cluster.port) await storePort(this.setup.cluster, port);
    return { presence: result.presence, port, adopted };
  }

  async #claim(): Promise<string | undefined> {
    const { claim, cluster, log } = this.setup;
    const holder = await claim.take();
    if (holder === undefined) return undefined;
    const trouble = `it is in use by another machine or container (${holder}); only one may use a data directory`;
    if (trouble !== this.#lastTrouble) {
      log.warn({ data: cluster.data, holder }, 'waiting for another machine or container to stop using the data');
    }
    return trouble;
  }

  async #launch(): Promise<number> {
    const { cluster, log } = this.setup;
    const { fixedPort } = this.options;
    let port = fixedPort ?? cluster.port;
    if (!(await isPortFree(port))) {
      // At first sight it may be our own server, started by another process a moment ago.
      const wait = this.#retryAfter(`port ${port} is taken`);
      if (fixedPort !== undefined || !this.#portWasTaken) {
        this.#portWasTaken = true;
        return wait;
      }
      port = await choosePort();
      log.warn({ taken: cluster.port, port }, 'the port of the embedded database is taken; using another');
    }
    this.#launched = await launchServer(this.setup, port);
    return POLL_MS;
  }

  async #awaitLaunched(launched: LaunchedServer): Promise<number> {
    const ended = launched.ended();
    if (ended === undefined) return POLL_MS;
    const said = await readServerLog(this.setup.cluster, launched.logStart);
    this.#launched = undefined;
    if (!PASSING.test(said)) throw await this.#failure(`it ended with ${ended}`, said);
    return this.#retryAfter('another server, or the rest of one that was killed, is in its way');
  }

  #retryAfter(trouble: string): number {
    this.#lastTrouble = trouble;
    return Math.min(POLL_MS * 1.5 ** this.#troubles++, MAX_WAIT_MS);
  }

  async #failure(trouble: string, said?: string): Promise<StartupError> {
    const { cluster } = this.setup;
    const tail = said ?? (await readServerLog(cluster, this.#launched?.logStart ?? 0));
    return new StartupError('EMBEDDED_POSTGRES_FAILED', [
      `The embedded PostgreSQL in ${cluster.data} cannot be used: ${trouble}.`,
      `The end of its log, ${serverLogPath(cluster)}:`,
      ...tail.split('\n').slice(-15),
      'Mend what it names, or set DATABASE_URL to use another PostgreSQL server.',
    ]);
  }
}
