/** What happens to bodies on their way: proxies and frameworks that read JSON and write it anew, editors, shells. */

/** Another form of the same body, and in words what was done to get it. */
export interface BodyVariation {
  readonly body: Buffer;
  readonly done: string;
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The forms in which a body may have been signed, when it was changed on its way here; each differs from the body and from
 * the others. Never more than about fifteen, none much larger than the body pretty-printed.
 */
export function bodyVariations(body: Buffer): readonly BodyVariation[] {
  const seen = new Set([body.toString('latin1')]);
  return [...textForms(body), ...jsonForms(body)].filter(({ body: form }) => {
    const key = form.toString('latin1');
    return !seen.has(key) && seen.add(key);
  });
}

function* textForms(body: Buffer): Generator<BodyVariation> {
  const hasBom = body.subarray(0, BOM.length).equals(BOM);
  yield hasBom
    ? { body: body.subarray(BOM.length), done: 'without its byte order mark' }
    : { body: Buffer.concat([BOM, body]), done: 'with a byte order mark' };
  // As latin1 every byte stays itself, whatever the body's encoding is.
  const text = body.toString('latin1');
  const asLf = text.replaceAll('\r\n', '\n');
  yield form(asLf, 'with its line ends as LF');
  yield form(asLf.replaceAll('\n', '\r\n'), 'with its line ends as CRLF');
  yield form(text.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, ''), 'without the white space around it');
  yield form(`${text}\n`, 'with a line end after it');
  yield form(`${text}\r\n`, 'with CRLF after it');
}

/** Written anew by the languages that senders are written in. Numbers beyond 2^53 and equal keys are lost; then none matches. */
function* jsonForms(body: Buffer): Generator<BodyVariation> {
  const value = parsed(body);
  if (value === undefined) return;
  const compact = JSON.stringify(value);
  yield { body: Buffer.from(compact), done: 'with its JSON written without spaces' };
  for (const indent of [2, 4]) {
    const pretty = JSON.stringify(value, null, indent);
    yield { body: Buffer.from(pretty), done: `with its JSON indented by ${indent}` };
    yield { body: Buffer.from(`${pretty}\n`), done: `with its JSON indented by ${indent} and a line end after it` };
  }
  yield { body: Buffer.from(spaced(compact)), done: 'with its JSON written with a space after "," and ":"' };
  yield { body: Buffer.from(asciiOnly(compact)), done: 'with its JSON in ASCII (\\u escapes)' };
  yield { body: Buffer.from(asciiOnly(spaced(compact))), done: 'with its JSON spaced and in ASCII (\\u escapes)' };
  yield {
    body: Buffer.from(asciiOnly(compact).replaceAll('/', '\\/')),
    done: 'with its JSON in ASCII and "/" escaped',
  };
}

function form(latin1: string, done: string): BodyVariation {
  return { body: Buffer.from(latin1, 'latin1'), done };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8').replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

/** Strings are matched whole, so that what is in them stays. */
function spaced(compact: string): string {
  return compact.replace(/"(?:[^"\\]|\\.)*"|[,:]/g, (part) => (part === ',' || part === ':' ? `${part} ` : part));
}

function asciiOnly(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
