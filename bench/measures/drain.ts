import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { sendSigned } from '../load.js';
import { startRouterProcess } from '../router-process.js';
import type { Figure } from '../table.js';

/** A backlog gathered while the destination was paused, delivered (signed, attempts recorded) once it is resumed. */
export async function drain(databaseUrl: string): Promise<Figure[]> {
  let received = 0;
  const receiver = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      received += 1;
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const router = await startRouterProcess(
    databaseUrl,
    `destinations:\n  - { name: sink, url: "http://127.0.0.1:${port}/", allowPrivateNetwork: true, signingSecrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] }\nroutes:\n  - { source: stripe, to: sink }\n`,
    { LOG_LEVEL: 'info' },
  );
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  try {
    await pool.query('UPDATE hookyard.destination_gate SET paused_at = now()');
    const load = await sendSigned(`${router.url}/webhooks/stripe`, 32, 5);
    received = 0;
    const startedAt = performance.now();
    await pool.query('UPDATE hookyard.destination_gate SET paused_at = NULL');
    while (received < load.requests) {
      if (performance.now() - startedAt > 120_000) throw new Error(`only ${received} of ${load.requests} arrived`);
      await sleep(5);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    return [
      {
        measure: 'drain of a backlog, Postgres queue',
        value: load.requests / seconds,
        unit: 'deliveries/s',
        note: `${load.requests} deliveries`,
      },
    ];
  } finally {
    await router.stop();
    await pool.end();
    await new Promise((resolve) => receiver.close(resolve));
  }
}
