import { request } from 'undici';
import { fillHistory } from '../history.js';
import type { Bench } from '../measure.js';
import { API_KEY } from '../secrets.js';
import { router } from '../subjects.js';
import type { Figure } from '../table.js';

const FASTEST = 5_000;

/** Stored events are replayed to a destination, as fast as the API lets one ask for. */
export async function replay({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const place = { databaseUrl: await server.createDatabase(), target: receiver.url };
  await (await router.start('all', place)).stop();
  await fillHistory(place.databaseUrl, effort.replayed);
  receiver.reset();
  const running = await router.start('all', place);
  try {
    const from = new Date(Date.now() - 3_600_000).toISOString();
    const startedAtMs = Date.now();
    const { statusCode, body } = await request(`${running.url}/api/v1/replays`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ mode: 'replay', filter: { from }, destination: 'sink', pace: FASTEST }),
    });
    if (statusCode !== 202) throw new Error(`the replay was not begun: ${statusCode} ${await body.text()}`);
    await body.dump();
    const { lastAtMs } = await receiver.until(effort.replayed);
    const value = (effort.replayed * 1000) / (lastAtMs - startedAtMs);
    return [
      { measure: `replay of ${effort.replayed} events`, value, unit: 'deliveries/s', note: `asked for ${FASTEST}/s` },
    ];
  } finally {
    await running.stop();
  }
}
