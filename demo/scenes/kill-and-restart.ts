import { INBOX } from '../configuration.js';
import type { DeliveryView, EventView } from '../management-api.js';
import type { Playground } from '../playground.js';
import type { Report } from '../report.js';
import { waitFor } from '../wait-for.js';
import { PaymentStream, reference } from './payment-stream.js';

/** Enough for the leases of the dead process (9 s) to run out and its work to be done, on a slow machine. */
const RECOVER_WITHIN_MS = 45_000;

/** `kill -9` while webhooks come in, deliveries wait for answers, and handlers have open transactions. */
export async function killAndRestart(playground: Playground, report: Report, signal: AbortSignal): Promise<void> {
  report.title('7. kill -9 in the middle');
  const { receiver, payments, router } = playground;
  const startedAt = await payments.serverStartedAt();
  receiver.hold();
  const stream = new PaymentStream(playground.senders);
  stream.start(router.url);
  report.line('→ stripe   payment_intent.succeeded, one after another; the inbox takes them and does not answer');
  const isBusy = await waitFor(async () => {
    if (receiver.waiting < 4 || stream.acknowledged.size < 20) return false;
    const { pending, claimed } = await payments.openDeliveries();
    return pending > 0 && claimed > 0 && rowsOf(await payments.rowsByReference()) >= 2;
  });
  await router.kill();
  const accepted = stream.acknowledged.size;
  await waitFor(() => stream.unanswered.length >= 5, 2_000);
  await stream.stop();
  const rows = rowsOf(await payments.rowsByReference());
  const open = await payments.openDeliveries();
  report.line(
    `kill -9 ${router.pid}: ${accepted} webhooks were acknowledged by then, ${stream.unanswered.length} got no answer`,
  );
  report.line(`at that moment: ${open.claimed} deliveries under way, ${open.pending} pending, ${rows} payments booked`);
  report.check(
    'it hit in the middle: deliveries under way and pending, some payments booked and others not',
    isBusy === true && open.claimed > 0 && open.pending > 0 && rows > 0 && rows < accepted,
  );
  receiver.release();

  const startMs = await playground.startRouter(signal);
  report.line(
    `started again in ${(startMs / 1000).toFixed(1)} s; the dead process's leases run out 9 s after it took them`,
  );
  report.check('the orphaned PostgreSQL was adopted, not restarted', startedAt === (await payments.serverStartedAt()));
  const resent = await stream.sendAgain(playground.router.url);
  report.line(
    `→ stripe   sends the ${resent.length} without an answer again   ← ${[...new Set(resent.map(({ json }) => json.status))].join(', ')}`,
  );
  report.check('all of them are acknowledged now', stream.unanswered.length === 0, resent);
  await checkOutcome(playground, report, stream);
}

async function checkOutcome(
  { api, receiver, payments }: Playground,
  report: Report,
  stream: PaymentStream,
): Promise<void> {
  const settled = await waitFor(async () => {
    // Both in one look: between two, a delivery that is claimed again passes from the one not looked at yet to the one done with.
    const { pending, claimed } = await payments.openDeliveries();
    return pending + claimed === 0;
  }, RECOVER_WITHIN_MS);
  report.check('every delivery came to its end', settled === true, await payments.openDeliveries());

  const { sent } = stream;
  const events = await api.all<EventView>('/events', { type: 'payment_intent.succeeded' });
  const wrong = sent.filter(({ externalId }) => events.filter((event) => event.externalId === externalId).length !== 1);
  report.check(
    `all ${sent.length} webhooks are stored, each once`,
    wrong.length === 0,
    wrong.map(({ externalId }) => externalId),
  );

  const ids = new Set([...stream.acknowledged.values()].map(({ json }) => json.id ?? ''));
  const deliveries = (await api.all<DeliveryView>('/deliveries')).filter(({ eventId }) => ids.has(eventId));
  const good = deliveries
    .filter(({ status }) => status === 'delivered')
    .map(({ eventId, destination }) => `${eventId} ${destination}`);
  report.check(
    `each has one delivery to the inbox and one to the handler, all ${sent.length * 2} "delivered"`,
    deliveries.length === sent.length * 2 && new Set(good).size === sent.length * 2,
    `${deliveries.length} deliveries, ${good.length} delivered`,
  );
  const arrived = [...ids].map((id) => receiver.at(INBOX, id));
  const taken = arrived.map((arrivals) => arrivals.filter(({ status }) => status === 200).length);
  const again = arrived.filter(({ length }) => length > 1).length;
  report.line(
    `⇒ inbox    ${again} were sent again, with the same webhook-id: those it had not answered when the router died`,
  );
  report.check(
    'the inbox took each exactly once',
    taken.every((count) => count === 1),
    taken.filter((count) => count !== 1),
  );

  const rows = await payments.rowsByReference();
  const off = sent.map(reference).filter((payment) => rows.get(payment) !== 1);
  report.check("each payment stands in the handler's table exactly once", off.length === 0, off);
}

/** Rows of this scene's payments. */
function rowsOf(rows: ReadonlyMap<string, number>): number {
  return [...rows.keys()].filter((payment) => payment.startsWith('pi_crash_')).length;
}
