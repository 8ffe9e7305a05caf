/**
 * A destination in a process of its own: answers 200 at once, counts what came, and takes how long each was under way from
 * the time its body carries (`sent_at_ms`, the load's clock; one machine). Talks over IPC: `reset` and `report`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What came since the last reset. */
export interface Received {
  readonly count: number;
  /** Of the first and the last arrival; by `Date.now()`. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** From sending to arrival, of bodies that say when they were sent. */
  readonly underWayMs: readonly number[];
}

const SENT_AT = /"sent_at_ms":\s*"?(\d+)/;
let received = fresh();

function fresh(): { count: number; firstAtMs: number; lastAtMs: number; underWayMs: number[] } {
  return { count: 0, firstAtMs: 0, lastAtMs: 0, underWayMs: [] };
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const now = Date.now();
    response.writeHead(200).end();
    received.count += 1;
    received.firstAtMs ||= now;
    received.lastAtMs = now;
    const sentAt = SENT_AT.exec(Buffer.concat(chunks).toString('latin1'))?.[1];
    if (sentAt !== undefined) received.underWayMs.push(now - Number(sentAt));
  });
});
server.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }),
);
process.on('message', (message) => {
  if (message === 'reset') received = fresh();
  else process.send?.(message === 'report' ? received : { ...received, underWayMs: [] });
});
process.on('disconnect', () => process.exit(0));
