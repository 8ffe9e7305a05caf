import { key } from './api.js';
import { delivery, event } from './details.js';
import { el, say } from './dom.js';
import { deadLetters, deliveries, destinations, events } from './lists.js';

const main = document.getElementById('main');
const nav = document.querySelector('nav');
const forget = document.getElementById('forget');
/** Counts renders, so that a slow answer never covers a later page. */
let turn = 0;

/** The view that the address names. */
function viewOf(path, query) {
  const [, name, id] = path.split('/');
  if (name === 'events') return id ? () => event(id, show) : () => events(query);
  if (name === 'deliveries') return id ? () => delivery(id, show) : () => deliveries(query);
  if (name === 'dead') return () => deadLetters(query, show);
  if (name === 'destinations') return () => destinations();
  return undefined;
}

async function show() {
  turn += 1;
  const mine = turn;
  const [path, text = ''] = (location.hash.slice(1) || '/events').split('?');
  nav.hidden = forget.hidden = !key.get();
  if (!key.get()) return render(askForKey(), '');
  for (const entry of nav.querySelectorAll('a')) {
    const isHere = path.startsWith(entry.getAttribute('href').slice(1));
    if (isHere) entry.setAttribute('aria-current', 'page');
    else entry.removeAttribute('aria-current');
  }
  const view = viewOf(path, new URLSearchParams(text));
  if (!view) return render([el('h1', { tabindex: '-1' }, 'There is nothing here')], '');
  main.setAttribute('aria-busy', 'true');
  say('Loading…');
  try {
    const content = await view();
    if (mine === turn) render(content, '');
  } catch (error) {
    if (mine !== turn) return;
    if (error.status === 401) {
      key.forget();
      nav.hidden = forget.hidden = true;
      render(askForKey('This key is not valid.'), '');
    } else {
      render(problem(error), '');
    }
  }
}

function render(content, said) {
  main.removeAttribute('aria-busy');
  main.replaceChildren(...content);
  say(said);
  const heading = main.querySelector('input, h1');
  if (heading && !document.activeElement?.closest('header')) heading.focus({ preventScroll: true });
}

function problem(error) {
  return [
    el('h1', { tabindex: '-1' }, 'That did not work'),
    el('p', { class: 'note error', role: 'alert' }, `${error.code ?? 'ERROR'}: ${error.message}`),
    el('button', { type: 'button', onclick: () => void show() }, 'Try again'),
  ];
}

function askForKey(wrong) {
  const input = el('input', { type: 'password', name: 'key', required: true, autocomplete: 'off' });
  const form = el(
    'form',
    {
      onsubmit: (submitted) => {
        submitted.preventDefault();
        key.set(input.value.trim());
        void show();
      },
    },
    el('label', {}, 'API key', input),
    el('button', { type: 'submit' }, 'Enter'),
  );
  return [
    el('h1', { tabindex: '-1' }, 'Hookyard'),
    el('p', {}, 'The key stays in this tab, and goes when it is closed.'),
    wrong ? el('p', { class: 'note error', role: 'alert' }, wrong) : '',
    form,
  ];
}

forget.addEventListener('click', () => {
  key.forget();
  void show();
});
window.addEventListener('hashchange', () => void show());
void show();
