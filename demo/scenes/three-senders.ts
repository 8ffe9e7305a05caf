import { Webhook as StandardWebhook } from 'standardwebhooks';
import { INBOX } from '../configuration.js';
import type { Playground } from '../playground.js';
import type { Arrival } from '../receiver.js';
import type { Report } from '../report.js';
import { exchange, type Answer } from '../senders.js';
import { waitFor } from '../wait-for.js';

/** One genuine webhook of each provider: stored byte for byte, and delivered in one form, signed by us. */
export async function threeSenders(playground: Playground, report: Report): Promise<void> {
  report.title('1. Three providers, one inbox');
  const { senders, receiver, api, signingSecret } = playground;
  const webhooks = [
    senders.stripe('evt_demo_1', 'invoice.paid', { id: 'in_1', object: 'invoice', amount_paid: 4_200 }),
    senders.shopify('3f1c9a52-0000-4000-8000-00000000d3m0', 'orders/create'),
    senders.telegram(1_001, 'Is my order on its way?'),
  ];
  const answers: Answer[] = [];
  for (const webhook of webhooks) {
    const answer = await playground.send(webhook);
    report.line(exchange(webhook, answer));
    answers.push(answer);
  }
  report.check('each was answered 200 "accepted"', answers.every(accepted), answers);

  await waitFor(() => answers.every(({ json }) => receiver.at(INBOX, json.id).length > 0));
  const arrivals = answers.map(({ json }) => receiver.at(INBOX, json.id));
  for (const arrival of arrivals.flat()) report.line(`⇒ inbox    ${describe(arrival)}`);
  const counts = arrivals.map(({ length }) => length);
  report.check(
    'each arrived at the inbox once',
    counts.every((count) => count === 1),
    counts,
  );
  report.check(
    'each with our signature, as the standardwebhooks library verifies it',
    arrivals.flat().every((arrival) => isSigned(arrival, signingSecret)),
  );
  const stored = await Promise.all(answers.map(({ json }) => api.raw(json.id ?? '')));
  report.check(
    'each is stored byte for byte as it was sent',
    stored.every((raw, n) => webhooks[n]?.body.equals(raw)),
  );
  const settled = await waitFor(async () => (await api.count('/deliveries', { status: 'delivered' })) === 3);
  report.check('the management API shows three events, and three deliveries "delivered"', settled === true);
}

function accepted({ status, json }: Answer): boolean {
  return status === 200 && json.status === 'accepted';
}

function describe({ headers, body }: Arrival): string {
  const { type, source } = JSON.parse(body.toString()) as { type: string; source: string };
  return `${type} from ${source}, ${String(headers['content-type']).split(';')[0]}`;
}

function isSigned({ headers, body }: Arrival, secret: string): boolean {
  try {
    new StandardWebhook(secret).verify(body.toString(), headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
