import { z } from 'zod';
import { plainWords } from './problems-of.js';

/** Headers of the connection (RFC 9110, 7.6.1), and those that each request computes anew. */
const reserved: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'idempotency-key',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const reservedPrefixes = ['webhook-', 'hookyard-'];

/** Extra headers of a destination; names come out in lower case. Values may be secrets, so no message holds one. */
export const headersSchema = z.custom<Record<string, string>>().transform((input: unknown, context) => {
  const headers = new Map<string, string>();
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    context.addIssue(plainWords({ code: 'invalid_type', expected: 'object', input }));
    return z.NEVER;
  }
  for (const [name, value] of Object.entries(input)) {
    const lower = name.toLowerCase();
    const problem = headers.has(lower) ? 'is there twice; case does not matter' : headerProblem(lower, value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, path: [name] });
    else if (typeof value === 'string') headers.set(lower, value);
  }
  return Object.fromEntries(headers);
});

function headerProblem(name: string, value: unknown): string | undefined {
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/.test(name)) {
    return 'is no header name; write letters, digits and "-" only';
  }
  if (reserved.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix))) {
    return 'is a header that Hookyard or the connection sets itself; take it out';
  }
  if (typeof value !== 'string') return plainWords({ code: 'invalid_type', expected: 'string', input: value });
  if (/[\0\r\n]/.test(value)) return 'holds a line break or NUL, which no header may; write it on one line';
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return 'holds a character that a header cannot carry (Latin-1 only)';
  return undefined;
}
