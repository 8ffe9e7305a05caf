import type { Server } from 'node:http';
import type { Log } from '../telemetry/log.js';

/** Open at once on the port that senders call. Each takes some 20 KiB of this process, whatever it sends. */
const MOST_CONNECTIONS = 4_096;
const TELL_EVERY_MS = 60_000;

/** Closes connections beyond a bound as they come in, and tells of it once a minute at most. */
export function boundConnections(server: Server, log: Log, { most = MOST_CONNECTIONS, clock = Date.now } = {}): void {
  server.maxConnections = most;
  let count = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    count += 1;
    if (clock() - toldAt < TELL_EVERY_MS) return;
    log.warn({ event: 'connections.refused', count, most }, 'too many open connections: more are closed at once');
    toldAt = clock();
    count = 0;
  });
}
