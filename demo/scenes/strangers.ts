import type { Playground } from '../playground.js';
import type { Report } from '../report.js';
import { exchange, type Webhook } from '../senders.js';

/** What is not genuine, or for nobody, is refused; nothing of it is stored or sent on. */
export async function strangers(playground: Playground, report: Report): Promise<void> {
  report.title('3. A forgery, and a source that nobody knows');
  const { senders, receiver, api } = playground;
  const before = { events: await api.count('/events'), arrivals: receiver.arrivals.length };
  const genuine = senders.stripe('evt_demo_3', 'invoice.paid', { id: 'in_3', amount_paid: 100 });

  // The signature is Stripe's own, the amount is not.
  const forged: Webhook = { ...genuine, body: Buffer.from(genuine.body.toString().replace('100', '999')) };
  const refused = await playground.send(forged);
  report.line(exchange({ ...forged, what: 'invoice.paid, altered after signing' }, refused));
  report.check(
    'the forgery was answered 401 SIGNATURE_REJECTED',
    said(refused) === '401 SIGNATURE_REJECTED',
    said(refused),
  );

  const lost = { ...genuine, source: 'nobody' };
  const unknown = await playground.send(lost);
  report.line(exchange(lost, unknown));
  report.check(
    'the unknown source was answered 404 UNKNOWN_SOURCE',
    said(unknown) === '404 UNKNOWN_SOURCE',
    said(unknown),
  );

  const after = { events: await api.count('/events'), arrivals: receiver.arrivals.length };
  report.check('nothing of them was stored or sent on', JSON.stringify(after) === JSON.stringify(before), {
    before,
    after,
  });
}

function said({ status, json }: { status: number; json: { errors?: readonly { code: string }[] } }): string {
  return `${status} ${json.errors?.[0]?.code ?? ''}`;
}
