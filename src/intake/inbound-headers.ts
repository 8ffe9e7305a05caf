/** Header names in lower case with their values, and which of them came more than once. */
export interface InboundHeaders {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly repeated: ReadonlySet<string>;
}

/**
 * Reads Node's flat list of raw headers. Node's own `headers` object silently keeps one of two values for some names and
 * joins others; a verifier must know that there were two.
 */
export function inboundHeaders(rawHeaders: readonly string[]): InboundHeaders {
  // No prototype: a header named `__proto__` is a header like any other.
  const headers = Object.create(null) as Record<string, string>;
  const repeated = new Set<string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    const value = rawHeaders[i + 1] as string;
    const before = headers[name];
    if (before !== undefined) repeated.add(name);
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return { headers, repeated };
}
