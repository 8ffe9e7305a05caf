import { sendSigned } from '../load.js';
import type { Bench } from '../measure.js';
import { inTurn } from '../statistics.js';
import { handWritten, jobPerDelivery, router, type Place, type Subject } from '../subjects.js';
import { compared, type Figure } from '../table.js';

const FEED_CONNECTIONS = 32;

/** A backlog, taken in while nobody delivered, goes to a fast local receiver: deliveries a second from the first to the last arrival. */
export async function drain({ server, receiver, effort, redisUrl }: Bench): Promise<Figure[]> {
  const once = async (subject: Subject, backlog: number, redis?: string): Promise<number> => {
    const place: Place = { databaseUrl: await server.createDatabase(), target: receiver.url, redisUrl: redis };
    const feeder = await subject.start('intake', place);
    const load = { connections: FEED_CONNECTIONS, seconds: 300, requests: backlog };
    await sendSigned(`${feeder.url}/webhooks/stripe`, load);
    await feeder.stop();
    receiver.reset();
    const worker = await subject.start('worker', place);
    try {
      const { count, firstAtMs, lastAtMs } = await receiver.until(backlog);
      return ((count - 1) * 1000) / (lastAtMs - firstAtMs);
    } finally {
      await worker.stop();
    }
  };
  // A quarter of the backlog tells the slower ones' speed as well.
  const few = Math.ceil(effort.backlog / 4);
  const { rounds, backlog } = effort;
  const against = async (subject: Subject, redis?: string): Promise<{ a: number[]; b: number[] }> =>
    inTurn(
      rounds,
      () => once(router, backlog, redis),
      () => once(subject, few, redis),
    );
  const bars = { bar: { least: 5 }, reach: { least: 7.5 } };
  const note = `${backlog} deliveries, signed, attempts recorded`;
  const about = { unit: 'deliveries/s', note };
  const figures = [
    compared({ ...about, ...bars, measure: 'drain, queue on Postgres' }, await against(handWritten), handWritten.name),
    compared({ ...about, measure: 'drain, queue on Postgres' }, await against(jobPerDelivery), jobPerDelivery.name),
  ];
  if (redisUrl === undefined) return figures;
  const onRedis = await against(handWritten, redisUrl);
  return [...figures, compared({ ...about, measure: 'drain, queue on Redis' }, onRedis, handWritten.name)];
}
