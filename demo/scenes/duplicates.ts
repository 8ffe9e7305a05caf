import { INBOX } from '../configuration.js';
import type { Playground } from '../playground.js';
import type { Report } from '../report.js';
import { waitFor } from '../wait-for.js';

const COPIES = 20;

/** Providers repeat themselves, sometimes all at once. */
export async function duplicates(playground: Playground, report: Report): Promise<void> {
  report.title(`2. The same webhook ${COPIES} times at once`);
  const { api, receiver } = playground;
  const webhook = playground.senders.stripe('evt_demo_2', 'invoice.paid', { id: 'in_2', object: 'invoice' });
  const answers = await Promise.all(Array.from({ length: COPIES }, () => playground.send(webhook)));
  const said = answers.map(({ status, json }) => `${status} ${json.status ?? ''}`);
  const [first] = answers;
  report.line(`→ stripe   ${webhook.what}, ${COPIES} requests   ← ${tally(said)}`);
  report.check(
    `one was "accepted", ${COPIES - 1} were "duplicate", all with the same id`,
    said.filter((text) => text === '200 accepted').length === 1 &&
      said.filter((text) => text === '200 duplicate').length === COPIES - 1 &&
      new Set(answers.map(({ json }) => json.id)).size === 1,
    tally(said),
  );
  const id = first?.json.id ?? '';
  await waitFor(async () => (await api.event(id)).deliveries?.every(({ status }) => status === 'delivered'));
  const events = await api.count('/events', { externalId: webhook.externalId });
  const { deliveries } = await api.event(id);
  report.check('there is one event', events === 1, events);
  report.check(
    'it has one delivery, "delivered"',
    deliveries?.map(({ status }) => status).join() === 'delivered',
    deliveries,
  );
  report.check('the inbox got it once', receiver.at(INBOX, id).length === 1, receiver.at(INBOX, id).length);
}

/** `1 × 200 accepted, 19 × 200 duplicate` */
function tally(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, count]) => `${count} × ${text}`).join(', ');
}
