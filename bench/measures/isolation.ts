import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { inTurn, percentile } from '../statistics.js';
import { manySinks, startRouter } from '../subjects.js';
import { compared, type Figure } from '../table.js';

const DESTINATIONS = 10;
const PER_SECOND = 200;

/** Ten destinations, of which one never answers: received → delivered of the nine others, against ten that answer. */
export async function isolation({ server, receiver, effort }: Bench): Promise<Figure[]> {
  let hangs = true;
  const tenth = createServer((request, response) => {
    request.resume();
    if (!hangs) response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => tenth.listen(0, '127.0.0.1', resolve));
  const tenthUrl = `http://127.0.0.1:${(tenth.address() as AddressInfo).port}/`;
  const yaml = manySinks(
    Array.from({ length: DESTINATIONS }, (_, n) => ({
      name: `sink-${n}`,
      url: n === 0 ? tenthUrl : `${receiver.url}${n}`,
      type: `to.${n}`,
    })),
  );
  const p99 = async (isHanging: boolean): Promise<number> => {
    hangs = isHanging;
    const running = await startRouter({ databaseUrl: await server.createDatabase() }, yaml);
    try {
      const url = `${running.url}/webhooks/stripe`;
      const load = { connections: 32, perSecond: PER_SECOND, typeOf: (n: number) => `to.${n % DESTINATIONS}` };
      const warmed = await sendSigned(url, { ...load, seconds: 3 });
      await receiver.until(toTheNine(warmed.requests));
      receiver.reset();
      const { requests } = await sendSigned(url, { ...load, seconds: effort.seconds });
      const { underWayMs } = await receiver.until(toTheNine(requests));
      return percentile(underWayMs, 0.99);
    } finally {
      tenth.closeAllConnections();
      await running.stop();
      receiver.reset();
    }
  };
  try {
    const samples = await inTurn(
      effort.rounds,
      () => p99(true),
      () => p99(false),
    );
    const measure = `received → delivered at ${PER_SECOND}/s, p99 of nine destinations beside one that hangs`;
    return [compared({ measure, unit: 'ms', bar: { most: 1.2 } }, samples, 'ten that answer')];
  } finally {
    await new Promise((resolve) => tenth.close(resolve));
  }
}

/** Of events that go to the ten in turn, those for the nine. */
function toTheNine(requests: number): number {
  return requests - Math.ceil(requests / DESTINATIONS);
}
