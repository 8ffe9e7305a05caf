import { SHAKY } from '../configuration.js';
import type { Playground } from '../playground.js';
import type { Report } from '../report.js';
import { exchange } from '../senders.js';
import { waitFor } from '../wait-for.js';

/** A destination that answers 500, then 503, and then works again. */
export async function recoveringDestination(playground: Playground, report: Report): Promise<void> {
  report.title('4. A destination that fails twice and then recovers');
  const { api, receiver } = playground;
  const webhook = playground.senders.stripe('evt_demo_4', 'customer.updated', { id: 'cus_4', object: 'customer' });
  const answer = await playground.send(webhook);
  report.line(exchange(webhook, answer));
  const id = answer.json.id ?? '';

  const delivered = await waitFor(async () => {
    const [delivery] = (await api.event(id)).deliveries ?? [];
    return delivery?.status === 'delivered' ? delivery : undefined;
  });
  const arrivals = receiver.at(SHAKY, id);
  for (const { headers, status } of arrivals) {
    report.line(
      `⇒ shaky    attempt ${String(headers['hookyard-attempt'])}, webhook-id ${String(headers['webhook-id'])}   ← ${status}`,
    );
  }
  const statuses = arrivals.map(({ status }) => status);
  report.check('the destination was asked three times: 500, 503, 200', statuses.join() === '500,503,200', statuses);
  const keys = new Set(
    arrivals.map(({ headers }) => `${String(headers['webhook-id'])} ${String(headers['idempotency-key'])}`),
  );
  report.check('each time with the same webhook-id and idempotency-key', keys.size === 1, [...keys]);
  const attempts = delivered && (await api.delivery(delivered.id)).attemptList;
  const outcomes = attempts?.map(({ outcome, statusCode }) => `${outcome} ${statusCode}`);
  report.check(
    'the management API shows the delivery "delivered" on its third attempt, and why the others failed',
    outcomes?.join() === 'failed 500,failed 503,delivered 200',
    outcomes ?? 'not delivered',
  );
}
