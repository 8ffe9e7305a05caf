import { rawText, read } from './api.js';
import { el, facts, status, table, time } from './dom.js';
import { actButton } from './lists.js';

const link = (path, text) => el('a', { href: `#${path}` }, text);

/** One event: what it is, its bytes as text, where it went. */
export async function event(id, reload) {
  const { data } = await read(`/events/${encodeURIComponent(id)}`);
  const body = el('div', {});
  const show = el('button', { type: 'button' }, 'Show body');
  show.addEventListener('click', async () => {
    show.disabled = true;
    try {
      body.replaceChildren(el('pre', { tabindex: '0', 'aria-label': 'Body' }, await rawText(id)));
    } catch (error) {
      body.replaceChildren(el('p', { class: 'note error', role: 'alert' }, `${error.code}: ${error.message}`));
      show.disabled = false;
    }
  });
  return [
    el('h1', { tabindex: '-1' }, data.type),
    facts([
      ['Id', data.id],
      ['Source', `${data.source} (${data.sourceType})`],
      ['External id', data.externalId],
      ['Received', time(data.receivedAt)],
      ['Occurred', time(data.occurredAt)],
      ['Subject', data.subject],
      ['Tenant', data.tenant],
      ['Verified', data.verified ? 'yes' : `no: ${data.refusal}`],
      ['Body', `${data.bodyBytes} bytes, ${data.contentType ?? data.bodyFormat}`],
      ['Erased', time(data.erasedAt)],
    ]),
    el(
      'div',
      { class: 'actions' },
      show,
      actButton('Replay', `/events/${encodeURIComponent(id)}/replay`, 'New deliveries were made.', reload),
    ),
    body,
    el('h2', {}, 'Deliveries'),
    data.deliveries.length > 0
      ? table('Newest last', deliveryColumns, data.deliveries)
      : el('p', { class: 'note' }, 'It went nowhere: no route took it.'),
  ];
}

const deliveryColumns = [
  ['Destination', ({ id, destination }) => link(`/deliveries/${id}`, destination)],
  ['Status', ({ status: word }) => status(word)],
  ['Attempts', ({ attempts }) => String(attempts)],
  ['Last answer', (row) => [row.lastStatusCode, row.lastErrorClass].filter(Boolean).join(' ')],
  ['Replay', ({ replay }) => (replay ? 'yes' : 'no')],
];

/** One delivery with its attempts. */
export async function delivery(id, reload) {
  const { data } = await read(`/deliveries/${encodeURIComponent(id)}`);
  const canRetry = ['dead', 'cancelled', 'pending'].includes(data.status);
  return [
    el('h1', { tabindex: '-1' }, `Delivery to ${data.destination}`),
    facts([
      ['Id', data.id],
      ['Event', link(`/events/${data.eventId}`, data.eventId)],
      ['Status', status(data.status)],
      ['Waits for', data.waitingFor],
      ['Held because', data.heldReason],
      ['Dead because', data.deadReason],
      ['Next attempt', time(data.nextAttemptAt)],
      ['Made', time(data.createdAt)],
      ['Settled', time(data.settledAt)],
    ]),
    canRetry
      ? el(
          'div',
          { class: 'actions' },
          actButton('Retry', `/deliveries/${encodeURIComponent(id)}/retry`, 'The delivery goes out again.', reload),
        )
      : undefined,
    el('h2', {}, 'Attempts'),
    data.attemptList.length > 0
      ? table('Oldest first', attemptColumns, data.attemptList)
      : el('p', { class: 'note' }, 'Not tried yet.'),
  ].filter(Boolean);
}

const attemptColumns = [
  ['Started', ({ startedAt }) => time(startedAt)],
  ['Outcome', ({ outcome }) => status(outcome)],
  ['Took', ({ durationMs }) => `${durationMs} ms`],
  ['Status', ({ statusCode, errorClass }) => [statusCode, errorClass].filter(Boolean).join(' ')],
  ['Answer', ({ responseExcerpt }) => (responseExcerpt ? el('pre', { tabindex: '0' }, responseExcerpt) : undefined)],
];
