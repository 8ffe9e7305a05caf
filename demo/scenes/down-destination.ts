import { COOLDOWN_MS, DOWN } from '../configuration.js';
import type { Playground } from '../playground.js';
import type { Report } from '../report.js';
import { waitFor } from '../wait-for.js';

const WEBHOOKS = 4;

/** A destination that is down: its breaker opens, holds, and closes when a probe finds it well. */
export async function downDestination(playground: Playground, report: Report): Promise<void> {
  report.title('6. A destination that is down, and its breaker');
  const { api, receiver } = playground;
  const send = async (n: number): Promise<string> => {
    const webhook = playground.senders.stripe(`evt_demo_6_${n}`, 'charge.succeeded', {
      id: `ch_${n}`,
      object: 'charge',
    });
    return (await playground.send(webhook)).json.id ?? '';
  };
  const statuses = (): (number | undefined)[] =>
    receiver.arrivals.filter(({ destination }) => destination === DOWN).map(({ status }) => status);
  const breaker = async (state: 'open' | 'closed'): Promise<boolean> =>
    (await waitFor(async () => (await api.destination(DOWN)).breaker.state === state || undefined)) ?? false;

  const ids: string[] = [];
  for (let n = 1; n <= WEBHOOKS; n += 1) ids.push(await send(n));
  report.check('five failures running, of several webhooks, open its breaker', await breaker('open'), statuses());
  await waitFor(async () => (await api.count('/deliveries', { status: 'claimed' })) === 0);
  const before = statuses().length;
  report.line(
    `⇒ down     ${before} requests   ← ${statuses().join(', ')}; now nothing is sent for ${COOLDOWN_MS / 1000} s`,
  );

  const waiting = await send(WEBHOOKS + 1);
  ids.push(waiting);
  const [held] = (await api.event(waiting)).deliveries ?? [];
  report.check(
    'a webhook that comes meanwhile is stored and waits for the breaker, without an attempt',
    held?.status === 'pending' && held.waitingFor === 'breaker' && held.attempts === 0,
    held,
  );
  const probed = await waitFor(async () => (await api.destination(DOWN)).breaker.failedProbes === 1 || undefined);
  report.check(
    'after the cooldown exactly one request asks whether it is back; it is not, so the next cooldown is twice as long',
    probed === true && statuses().length === before + 1,
    statuses(),
  );

  playground.isDown = false;
  report.line('the destination works again');
  report.check('the next probe finds it well and closes the breaker', await breaker('closed'), statuses());
  const delivered = await waitFor(async () => {
    const events = await Promise.all(ids.map((id) => api.event(id)));
    return events.every(({ deliveries }) => deliveries?.[0]?.status === 'delivered') || undefined;
  });
  const answers = statuses();
  report.check(
    `nothing is lost: all ${ids.length} are delivered, each once`,
    delivered === true && answers.filter((status) => status === 200).length === ids.length,
    answers,
  );
}
