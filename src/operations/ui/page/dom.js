/**
 * An element. Children are elements or text: whatever a stranger sent becomes a text node, never markup.
 * Properties that begin with `on` are listeners; `undefined` and `false` are left out.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** A table; `columns`: heading and a function from a row to text or an element. */
export function table(caption, columns, rows) {
  const heads = columns.map(([name]) => el('th', { scope: 'col' }, name));
  const lines = rows.map((row) =>
    el('tr', {}, ...columns.map(([name, cell]) => el('td', { 'data-label': name }, el('span', {}, cell(row) ?? '–')))),
  );
  return el(
    'table',
    {},
    el('caption', {}, caption),
    el('thead', {}, el('tr', {}, ...heads)),
    el('tbody', {}, ...lines),
  );
}

/** Names and values, those without a value left out. */
export function facts(entries) {
  const shown = entries.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return el('dl', {}, ...shown.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

/** A moment, in the reader's zone; the exact one is in the title. */
export function time(text) {
  return text ? el('time', { datetime: text, title: text }, new Date(text).toLocaleString()) : undefined;
}

const CLASSES = { delivered: 'good', dead: 'bad', failed: 'bad', cancelled: 'wait', held: 'wait', open: 'bad' };

/** A status in its colour, and always as a word. */
export function status(word) {
  return el('span', { class: CLASSES[word] ?? '' }, word);
}

/** A labelled field of a form. `options`: makes it a choice. */
export function field(name, text, value, options) {
  const input = options
    ? el(
        'select',
        { name },
        ...options.map(([key, shown]) => el('option', { value: key, selected: key === value }, shown)),
      )
    : el('input', { name, value, autocomplete: 'off', spellcheck: 'false' });
  return el('label', {}, text, input);
}

/** Says what happened to whoever does not see it. */
export function say(text) {
  document.getElementById('status').textContent = text;
}
