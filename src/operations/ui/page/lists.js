import { act, read } from './api.js';
import { el, field, say, status, table, time } from './dom.js';

const STATUSES = ['', 'pending', 'claimed', 'held', 'delivered', 'dead', 'cancelled', 'superseded'];
const RANGES = [
  ['1', 'last hour'],
  ['24', 'last 24 hours'],
  ['168', 'last 7 days'],
  ['720', 'last 30 days'],
];

const link = (path, text) => el('a', { href: `#${path}` }, text);
const choices = (values) => values.map((value) => [value, value || 'any']);

/** A list with its filters; what they are stands in the address, so that a page can be kept and gone back to. */
async function list({ title, path, view, filters, fixed = {}, columns, empty }, query) {
  const { cursor, hours, ...asked } = Object.fromEntries(query);
  const from = hours ? new Date(Date.now() - Number(hours) * 3_600_000).toISOString() : undefined;
  const { data, page } = await read(path, { ...asked, ...fixed, cursor, from, limit: 25 });
  const go = (more) => {
    const next = Object.entries({ ...asked, hours, ...more }).filter(([, value]) => value);
    const before = location.hash;
    location.hash = `${view}?${new URLSearchParams(next)}`;
    // The same filters again: what is there now.
    if (location.hash === before) dispatchEvent(new HashChangeEvent('hashchange'));
  };
  const form = el(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        go(Object.fromEntries(new FormData(event.target)));
      },
    },
    ...filters.map(([name, text, options]) =>
      field(name, text, query.get(name) ?? (name === 'hours' ? '24' : ''), options),
    ),
    el('button', { type: 'submit' }, 'Show'),
  );
  const total = `${page.totalIsExact ? '' : 'more than '}${page.total}`;
  const turn = (text, to) => el('button', { type: 'button', disabled: !to, onclick: () => go({ cursor: to }) }, text);
  return [
    el('h1', { tabindex: '-1' }, title),
    form,
    data.length > 0 ? table(`${total} in all`, columns, data) : el('p', { class: 'note' }, empty),
    el('div', { class: 'actions' }, turn('Newer', page.prev), turn('Older', page.next)),
  ];
}

export const events = (query) =>
  list(
    {
      title: 'Events',
      path: '/events',
      view: '/events',
      filters: [
        ['source', 'Source'],
        ['type', 'Type (* for anything)'],
        ['hours', 'Received', RANGES],
      ],
      columns: [
        ['Received', ({ receivedAt }) => time(receivedAt)],
        ['Type', ({ id, type }) => link(`/events/${id}`, type)],
        ['Source', ({ source }) => source],
        ['Subject', ({ subject }) => subject],
        ['Id', ({ id }) => id],
      ],
      empty: 'No events here. Send one, or look at a longer time.',
    },
    query,
  );

const deliveryColumns = [
  ['Made', ({ createdAt }) => time(createdAt)],
  ['Destination', ({ id, destination }) => link(`/deliveries/${id}`, destination)],
  [
    'Status',
    ({ status: word, waitingFor }) => el('span', {}, status(word), waitingFor ? ` (waits: ${waitingFor})` : ''),
  ],
  ['Attempts', ({ attempts }) => String(attempts)],
  ['Last answer', ({ lastStatusCode, lastErrorClass }) => [lastStatusCode, lastErrorClass].filter(Boolean).join(' ')],
  ['Event', ({ eventId }) => link(`/events/${eventId}`, eventId)],
];

const deliveryFilters = [
  ['destination', 'Destination'],
  ['source', 'Source'],
  ['type', 'Type (* for anything)'],
];

export const deliveries = (query) =>
  list(
    {
      title: 'Deliveries',
      path: '/deliveries',
      view: '/deliveries',
      filters: [['status', 'Status', choices(STATUSES)], ...deliveryFilters],
      columns: deliveryColumns,
      empty: 'No deliveries here, of the last 24 hours.',
    },
    query,
  );

export const deadLetters = (query, reload) =>
  list(
    {
      title: 'Dead letters',
      path: '/deliveries',
      view: '/dead',
      filters: deliveryFilters,
      fixed: { status: 'dead' },
      columns: [
        ...deliveryColumns.filter(([name]) => name !== 'Status'),
        ['Reason', ({ deadReason }) => deadReason],
        ['', ({ id }) => actButton('Retry', `/deliveries/${id}/retry`, 'The delivery goes out again.', reload)],
      ],
      empty: 'No dead letters. Everything was delivered, or is still tried.',
    },
    query,
  );

/** A button that does one thing, says so, and shows the page as it is then. */
export function actButton(text, path, done, reload) {
  const button = el('button', { type: 'button' }, text);
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await act(path);
      await reload();
      say(done);
    } catch (error) {
      say(`${error.code ?? 'ERROR'}: ${error.message}`);
      button.disabled = false;
    }
  });
  return button;
}

export async function destinations() {
  const { data } = await read('/destinations', { limit: 200 });
  const columns = [
    ['Name', ({ name }) => link(`/deliveries?destination=${encodeURIComponent(name)}`, name)],
    ['Kind', ({ kind }) => kind],
    ['Breaker', ({ breaker }) => el('span', {}, status(breaker.state), breaker.forced ? ' (by hand)' : '')],
    ['Paused', ({ paused, pauseReason }) => (paused ? `yes: ${pauseReason ?? ''}` : 'no')],
    ['Pending', ({ deliveries: { pending } }) => String(pending)],
    ['Held', ({ deliveries: { held } }) => String(held)],
    ['Dead', ({ name, deliveries: { dead } }) => link(`/dead?destination=${encodeURIComponent(name)}`, String(dead))],
  ];
  return [
    el('h1', { tabindex: '-1' }, 'Destinations'),
    data.length > 0
      ? table(`${data.length} shown`, columns, data)
      : el('p', { class: 'note' }, 'No destinations. Declare one in hookyard.yaml.'),
  ];
}
