import type { Playground } from '../playground.js';
import type { Report } from '../report.js';
import { exchange } from '../senders.js';
import { waitFor } from '../wait-for.js';

/** A handler that writes to the application's own table, and throws after writing the first time. */
export async function stumblingHandler(playground: Playground, report: Report): Promise<void> {
  report.title('5. A handler in the same process, with a table of its own');
  const { api, payments } = playground;
  const intent = { id: 'pi_5', object: 'payment_intent', amount: 1_999, stumble: true };
  const webhook = playground.senders.stripe('evt_demo_5', 'payment_intent.succeeded', intent);
  const answers = [await playground.send(webhook), await playground.send(webhook)];
  for (const answer of answers) report.line(exchange(webhook, answer));
  const id = answers[0]?.json.id ?? '';

  const delivered = await waitFor(async () => {
    const own = (await api.event(id)).deliveries?.find(({ destination }) => destination === 'bookkeeper');
    return own?.status === 'delivered' ? own : undefined;
  });
  const outcomes = delivered && (await api.delivery(delivered.id)).attemptList?.map(({ outcome }) => outcome);
  report.line(`⇒ bookkeeper (handler): wrote, then threw; tried again: ${outcomes?.join(', ') ?? 'not delivered'}`);
  report.check('its first attempt failed, its second was delivered', outcomes?.join() === 'failed,delivered', outcomes);
  const rows = (await payments.rowsByReference()).get(intent.id) ?? 0;
  report.line(`SELECT count(*) FROM payment WHERE reference = '${intent.id}'   → ${rows}`);
  report.check(
    'its table has the payment exactly once: what the first attempt wrote was rolled back',
    rows === 1,
    rows,
  );
}
