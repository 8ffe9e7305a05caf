const KEY = 'hookyard-key';

/** What the API said no with. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The key lives in this tab and goes with it. */
export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

async function ask(path, options = {}) {
  const headers = { authorization: `Bearer ${key.get() ?? ''}`, ...options.headers };
  // Relative to this page: no other origin is ever asked.
  const response = await fetch(`api/v1${path}`, { ...options, headers, cache: 'no-store', redirect: 'error' }).catch(
    () => {
      throw new ApiError(0, 'NOT_REACHED', 'Hookyard does not answer.');
    },
  );
  if (response.ok) return response;
  const body = await response.json().catch(() => undefined);
  const { code = `HTTP_${response.status}`, message = 'The answer cannot be read.' } = body?.errors?.[0] ?? {};
  throw new ApiError(response.status, code, message);
}

/** GET; gives the whole envelope. */
export async function read(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== '' && value !== undefined);
  const text = new URLSearchParams(given).toString();
  return (await ask(path + (text ? `?${text}` : ''))).json();
}

/** POST, once however often it is sent again; gives `data`. */
export async function act(path, body = {}) {
  const headers = { 'content-type': 'application/json', 'idempotency-key': randomKey() };
  return (await (await ask(path, { method: 'POST', headers, body: JSON.stringify(body) })).json()).data;
}

/** The bytes that a sender sent, as text; cut where no one reads on. */
export async function rawText(eventId, most = 256 * 1024) {
  const bytes = await (await ask(`/events/${encodeURIComponent(eventId)}/raw`)).arrayBuffer();
  const text = new TextDecoder().decode(bytes.slice(0, most));
  return bytes.byteLength > most ? `${text}\n… (${bytes.byteLength} bytes)` : text;
}

function randomKey() {
  // Not randomUUID: that is missing where the page is not served over TLS.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
