/** What a sender signs, written as a text with placeholders: `v0:{timestamp}:{body}`. */

const PLACEHOLDERS = ['timestamp', 'id', 'url', 'method', 'body'] as const;

/** What of a request can be signed. */
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** A template in parts, ready to be filled for each request. */
export interface TextTemplate {
  readonly uses: ReadonlySet<Placeholder>;
  /** What an id must not contain: the character after it in the template, else the signed text could be cut elsewhere. */
  readonly endOfId: string;
  /** Whether only fixed text, or none, stands between `{url}` and `{body}`: then see `canTellApart`. */
  readonly urlMeetsBody: boolean;
  /** The parts to hash, in order. Throws when a value that the template uses is missing. */
  readonly fill: (values: Readonly<Partial<Record<Placeholder, string | Buffer>>>) => (string | Buffer)[];
}

type Part = { readonly literal: string } | { readonly placeholder: Placeholder };

/**
 * Reads a template. Throws a `TypeError` on one that is none: unknown placeholders, no `{body}`, or an `{id}` of which the
 * signed text would not say where it starts and ends (after the body, or with another placeholder at once behind it).
 */
export function textTemplate(text: string): TextTemplate {
  const parts = text.split(/(\{[^{}]*\})/).filter((part) => part !== '');
  const read = parts.map(partOf);
  const uses = new Set(read.flatMap((part) => ('placeholder' in part ? [part.placeholder] : [])));
  if (!uses.has('body')) throw new TypeError('the signed text must hold {body}: what is not signed can be altered');
  const indexOf = (name: Placeholder) =>
    read.findLastIndex((part) => 'placeholder' in part && part.placeholder === name);
  const next = uses.has('id') ? read[indexOf('id') + 1] : undefined;
  if (uses.has('id') && (indexOf('id') > indexOf('body') || !next || 'placeholder' in next))
    throw new TypeError('the signed text needs {id} before {body}, with a character between');
  const between = read.slice(indexOf('url') + 1, Math.max(indexOf('body'), 0));
  return {
    uses,
    urlMeetsBody: uses.has('url') && indexOf('url') < indexOf('body') && between.every((part) => 'literal' in part),
    endOfId: next && 'literal' in next ? next.literal.charAt(0) : '',
    fill: (values) => read.map((part) => ('literal' in part ? part.literal : valueOf(values, part.placeholder))),
  };
}

function partOf(part: string): Part {
  if (!part.startsWith('{')) return { literal: part };
  const placeholder = PLACEHOLDERS.find((name) => part === `{${name}}`);
  if (placeholder) return { placeholder };
  throw new TypeError(`the signed text knows ${PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}`);
}

function valueOf(values: Readonly<Partial<Record<Placeholder, string | Buffer>>>, name: Placeholder): string | Buffer {
  const value = values[name];
  if (value === undefined) throw new TypeError(`signing needs the ${name} of the request`);
  return value;
}
