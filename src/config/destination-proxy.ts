import { z } from 'zod';
import { AddressRules } from './address-rules.js';
import type { DestinationProxy } from './config.js';
import { Refusal, fromText } from './from-text.js';
import { plainWords } from './problems-of.js';
import { strictObject, unlessWrong } from './strict-object.js';
import { tlsSchema } from './destination-tls.js';

const RULES = new AddressRules([]);

interface ProxyUrl {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

const objectSchema = strictObject({
  url: fromText<ProxyUrl>(parseProxyUrl),
  username: z.string().min(1, 'is empty').optional(),
  password: z.string().optional(),
  tls: tlsSchema.optional(),
})
  .refine(({ url, username }) => url.username === '' || username === undefined, {
    message: 'is in the URL already; keep one of them',
    path: ['username'],
    when: unlessWrong('url', 'username'),
  })
  .refine(({ username, password }) => password === undefined || username !== undefined, {
    message: 'needs a username beside it',
    path: ['password'],
    when: unlessWrong('username', 'password'),
  })
  .refine(({ username }) => username === undefined || !username.includes(':'), {
    message: 'holds ":", which no user name of a proxy may',
    path: ['username'],
    when: unlessWrong('username'),
  })
  .refine(({ url, tls }) => tls === undefined || url.url.startsWith('https:'), {
    message: 'is of no use with an http:// proxy; the tls of the destination stands beside proxy',
    path: ['tls'],
    when: unlessWrong('url', 'tls'),
  });

/** `http://user:password@proxy:3128`, or `{ url, username, password, tls }` where the credentials need no escaping. */
export const proxySchema = z.custom<unknown>().transform((input: unknown, context): DestinationProxy => {
  const whole = typeof input === 'string';
  const parsed = objectSchema.safeParse(whole ? { url: input } : input, { error: plainWords });
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      context.issues.push({ ...issue, path: whole ? [] : issue.path, input: undefined });
    }
    return z.NEVER;
  }
  const { url, username = url.username, password = url.password, tls } = parsed.data;
  const credentials = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
  return { url: url.url, authorization: username === '' ? undefined : `Basic ${credentials}`, tls };
});

/** A proxy is in the private network as a rule, so that needs no leave; metadata services are closed even to it. */
function parseProxyUrl(text: string): ProxyUrl | Refusal {
  const url = URL.parse(text.trim());
  if (url === null) return new Refusal('is no URL; write it whole: "http://proxy.internal:3128"');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return new Refusal('must start with http:// or https://');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return new Refusal('must be scheme, host and port only');
  }
  if (RULES.ofHost(url, true) !== 'open') return new Refusal('leads where nothing of ours ever goes');
  try {
    const [username, password] = [url.username, url.password].map(decodeURIComponent) as [string, string];
    if (username === '' && password !== '') return new Refusal('has a password without a user name');
    return { url: url.origin, username, password };
  } catch {
    return new Refusal('holds credentials with a "%" that escapes nothing; write them as username and password');
  }
}
