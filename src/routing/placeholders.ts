/** Under these keys of an entry every text may be a secret. */
const SECRET_KEYS = new Set(['secrets', 'signingSecrets', 'resignWith', 'headers', 'tls', 'proxy']);
/** Beside a secret, and none itself. */
const PLAIN_KEYS = new Set(['label', 'notAfter']);
/** A part of a path that may be a token: chat services and others put one there. */
const TOKEN_LIKE = /^(?=.*\d)[\w~.-]{16,}$/;

export interface WithPlaceholders {
  readonly entry: unknown;
  /** The values that the placeholders stand for, by the names of their variables. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * An entry of hookyard.yaml with `${…}` in the place of every secret. One that was written with a reference stays as it is.
 * `prefix`: how the variables' names start. `isLiteral`: it was not written in a file, so a `${` in it is no reference.
 */
export function withPlaceholders(entry: unknown, prefix: string, isLiteral: boolean): WithPlaceholders {
  const values = new Map<string, string>();
  const walk = (value: unknown, path: readonly string[], isSecret: boolean): unknown => {
    if (typeof value === 'string') {
      const written = isLiteral ? value.replaceAll('${', () => '$${') : value;
      if (!isSecret || (!isLiteral && /(?<!\$)\$\{/.test(value))) return written;
      const name = [prefix, ...path]
        .join('_')
        .toUpperCase()
        .replaceAll(/[^A-Z0-9]+/g, '_');
      values.set(name, isLiteral ? value : value.replaceAll('$${', '${'));
      return `\${${name}}`;
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, String(index + 1)], isSecret));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const hides = path.length === 0 && (SECRET_KEYS.has(key) || (key === 'url' && mayHoldToken(item)));
        return [key, walk(item, [...path, key], !PLAIN_KEYS.has(key) && (isSecret || hides))];
      }),
    );
  };
  return { entry: walk(entry, [], false), values };
}

function mayHoldToken(url: unknown): boolean {
  const parsed = typeof url === 'string' ? URL.parse(url) : null;
  return parsed === null || parsed.search !== '' || parsed.pathname.split('/').some((part) => TOKEN_LIKE.test(part));
}
