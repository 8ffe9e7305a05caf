/** A number of 16 digits or more outside a text, or something that looks like one inside a text: then a slower parse is worth it. */
const MAYBE_UNSAFE = /(?:^|[\s:,[])-?\d{16}/;

const INTEGER = /^-?\d+$/;

/** `JSON.parse` as engines have it since ECMAScript's source text access; TypeScript's library for ES2023 lacks `context`. */
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

/**
 * `JSON.parse`, except that an integer which a JavaScript number cannot hold exactly becomes the string of its digits:
 * Shopify's `704912205188288575` would else turn into …500 and name another object. Throws a `SyntaxError`.
 */
export function parseExactJson(text: string): unknown {
  if (!MAYBE_UNSAFE.test(text)) return JSON.parse(text) as unknown;
  return (JSON.parse as ParseWithSource)(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && INTEGER.test(source)
      ? source
      : value,
  );
}
