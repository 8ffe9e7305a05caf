import { describe, expect, it } from '@jest/globals';
import { destinationSchema } from './destination-schema.js';
import { pathText, plainWords, problemsOf } from './problems-of.js';

const minimal = { name: 'billing', url: 'https://billing.example/hooks?x=1' };
const signing = (bytes: number) => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`;

function problems(extra: Record<string, unknown>): string[] {
  const parsed = destinationSchema.safeParse({ ...minimal, ...extra }, { error: plainWords });
  return parsed.success ? [] : problemsOf(parsed.error).map(({ path, message }) => `${pathText(path)}: ${message}`);
}

describe('a destination in the file', () => {
  it('needs a name and a URL; the rest has defaults', () => {
    expect(destinationSchema.parse(minimal)).toEqual({
      ...minimal,
      payload: 'cloudevents',
      signingSecrets: [],
      resignWith: undefined,
      headers: {},
      allowPrivateNetwork: false,
      policy: expect.objectContaining({ timeoutMs: 15_000, concurrency: 20 }),
    });
  });

  it('takes everything that is documented', () => {
    const parsed = destinationSchema.parse({
      ...minimal,
      payload: 'raw',
      signingSecrets: [signing(24), `${signing(32)}, ${signing(64)}`],
      resignWith: 'secret',
      headers: { Authorization: 'Bearer x', 'X-Team': 'é' },
      allowPrivateNetwork: 'true',
      timeout: '5s',
      retry: { schedule: ['1s'] },
      breaker: { failures: 2 },
      limits: { rate: '50/s' },
      statuses: { retry: [404, '422'], dead: ['4xx', 501], pause: [403] },
    });
    expect(parsed.policy.statuses).toEqual([
      { from: 404, to: 404, verdict: 'retry' },
      { from: 422, to: 422, verdict: 'retry' },
      { from: 400, to: 499, verdict: 'dead' },
      { from: 501, to: 501, verdict: 'dead' },
      { from: 403, to: 403, verdict: 'pause' },
    ]);
    expect(parsed).toMatchObject({
      payload: 'raw',
      signingSecrets: [signing(24), signing(32), signing(64)].map((value) => ({ value })),
      resignWith: 'secret',
      headers: { authorization: 'Bearer x', 'x-team': 'é' },
      allowPrivateNetwork: true,
      policy: { timeoutMs: 5_000, retry: { scheduleMs: [1_000] }, breaker: { failures: 2 }, ratePerSecond: 50 },
    });
  });

  it.each([
    ['name', 'Billing', 'must be 1 to 63 lower-case letters'],
    ['name', '.billing', 'must be 1 to 63 lower-case letters'],
    ['url', 'billing.example', 'is no URL'],
    ['url', '/hooks', 'is no URL'],
    ['url', 'ftp://billing.example', 'must start with https:// or http://'],
    ['url', 'https://user:pass@billing.example', 'holds a user name or password'],
    ['url', 'https://token@billing.example', 'holds a user name or password'],
    ['url', 'https://billing.example/#x', 'has a fragment'],
    ['url', 'https://billing.example/#', 'has a fragment'],
    ['payload', 'json', 'must be "cloudevents" or "raw"'],
    ['signingSecrets', 'whsec_x', 'must be a list, not text'],
    ['resignWith', 'secret', 'works only with payload: raw'],
    ['resignWith', ' ', 'is empty'],
    ['allowPrivateNetwork', 'yes', 'must be true or false'],
    ['headers', ['a'], 'must be a block of keys, not a list'],
    ['proxy', 'x', 'is no URL'],
    ['proxy', 'ftp://proxy.test', 'must start with http:// or https://'],
    ['proxy', 'http://proxy.test/path', 'must be scheme, host and port only'],
    ['proxy', 'http://169.254.169.254', 'leads where nothing of ours ever goes'],
    ['proxy', 'http://u%zz:p@proxy.test', 'holds credentials with a "%"'],
    ['proxy', { url: 'http://proxy.test', password: 'p' }, 'password: needs a username beside it'],
    ['proxy', { url: 'http://u@proxy.test', username: 'v' }, 'username: is in the URL already'],
    ['proxy', { url: 'http://proxy.test', username: 'a:b' }, 'username: holds ":"'],
    ['proxy', { url: 'http://proxy.test', user: 'a' }, 'user: is not a key here'],
    ['proxy', {}, 'url: is missing'],
    ['proxy', 5, 'must be a block of keys, not a number'],
    ['signingSecrets', [{ value: 'x' }], 'signingSecrets[0].value: must be "whsec_"'],
    ['signingSecrets', [{ label: 'x' }], 'signingSecrets[0].value: is missing'],
    ['signingSecrets', [{ value: signing(32), notAfter: 'soon' }], 'signingSecrets[0].notAfter: must be a day'],
    ['signingSecrets', [{ value: signing(32), notafter: 'x' }], 'signingSecrets[0].notafter: is not a key here'],
    ['signingSecrets', [{ value: signing(32), notAfter: '2030-01-01' }], 'all have an end (notAfter)'],
    ['signingSecrets', [signing(32), signing(32)], 'holds the same secret twice'],
    ['signingSecrets', [5], 'signingSecrets[0]: must be text, not a number'],
    ['statuses', { dead: [200] }, 'dead[0]: is no status of a failure'],
    ['statuses', { dead: ['6xx'] }, 'dead[0]: is no status of a failure'],
    ['statuses', { dead: [true] }, 'dead[0]: write a status from 300 to 599'],
    ['statuses', { retry: [429] }, 'retry[0]: 429 always waits as long as it asks for'],
    ['statuses', { dead: [404], retry: ['404'] }, 'dead: names 404 twice'],
    ['statuses', { dead: ['4xx', '4XX'] }, 'dead: names 4xx twice'],
    ['statuses', { die: [404] }, 'die: is not a key here'],
    ['timeout', '-5s', 'is no duration'],
    ['retry', { schedule: ['-1s'] }, 'schedule[0]: is no duration'],
    ['retry', { schedule: ['1s'], maxAge: '-1h' }, 'maxAge: is no duration'],
    ['breaker', { cooldown: '-5m' }, 'cooldown: is no duration'],
    ['limits', { rate: '0/s' }, 'rate: would let nothing through'],
    ['limits', { rate: '-5/s' }, 'rate: is no rate'],
    ['limits', { rate: 0 }, 'rate: has no unit'],
    ['limits', { concurrency: 0 }, 'concurrency: must be a whole number from 1 to 1000'],
    ['limits', { concurrency: -1 }, 'concurrency: must be a whole number from 1 to 1000'],
    ['url', 'file:///etc/passwd', 'must start with https:// or http://'],
    ['url', 'gopher://127.0.0.1:6379/_x', 'must start with https:// or http://'],
    ['url', 'javascript:alert(1)', 'must start with https:// or http://'],
    ['ulr', 'x', 'is not a key here. Did you mean "url"?'],
  ])('refuses %s: %j', (key, value, message) => {
    const extra = key === 'resignWith' && value === ' ' ? { payload: 'raw' } : {};
    const [found = '', ...more] = problems({ ...extra, [key]: value });
    expect(more).toEqual([]);
    expect(found).toContain(message);
    expect(found.startsWith(key)).toBe(true);
  });

  it('may give a signing secret a label and an end', () => {
    const signingSecrets = [signing(32), { value: signing(24), label: 'until March', notAfter: '2027-03-31' }];
    expect(destinationSchema.parse({ ...minimal, signingSecrets }).signingSecrets).toEqual([
      { value: signing(32) },
      { value: signing(24), label: 'until March', notAfter: new Date('2027-03-31T23:59:59.999Z') },
    ]);
  });

  it.each([
    ['http://proxy.test:3128', 'http://proxy.test:3128', undefined],
    ['https://proxy.test/', 'https://proxy.test', undefined],
    ['http://us%40er:p%3Aw@10.0.0.1:3128', 'http://10.0.0.1:3128', 'us@er:p:w'],
    [{ url: 'http://proxy.test', username: 'u', password: 'p%@:' }, 'http://proxy.test', 'u:p%@:'],
  ])('reads the proxy %j', (proxy, url, credentials) => {
    const authorization = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    expect(destinationSchema.parse({ ...minimal, proxy }).proxy).toEqual({ url, authorization });
  });

  it.each([
    ['no prefix', signing(32).slice(6)],
    ['23 bytes', signing(23)],
    ['65 bytes', signing(65)],
    ['no padding', signing(32).replace('=', '')],
    ['another alphabet', `${signing(32).slice(0, -4)}--8=`],
    ['nothing', ''],
    ['an empty part', `${signing(32)},`],
  ])('refuses a signing secret with %s, with the command that makes one', (_, secret) => {
    expect(problems({ signingSecrets: [secret] })).toEqual([
      'signingSecrets[0]: must be "whsec_" and the base64 of 24 to 64 bytes; make one with: echo "whsec_$(openssl rand -base64 32)"',
    ]);
  });

  it.each([
    ['Host', 'x', 'is a header that Hookyard or the connection sets itself'],
    ['content-length', '5', 'is a header that Hookyard or the connection sets itself'],
    ['Transfer-Encoding', 'chunked', 'is a header that Hookyard or the connection sets itself'],
    ['Webhook-Id', 'x', 'is a header that Hookyard or the connection sets itself'],
    ['hookyard-attempt', 'x', 'is a header that Hookyard or the connection sets itself'],
    ['X-A', 'a\r\nb: c', 'holds a line break or NUL'],
    ['X-A', 'a\0', 'holds a line break or NUL'],
    ['X-A', '✓', 'holds a character that a header cannot carry'],
    ['X-A', 5, 'must be text, not a number; put it in quotes'],
  ])('refuses the header %s: %j', (name, value, message) => {
    expect(problems({ headers: { [name]: value } })).toEqual([expect.stringContaining(`headers.${name}: ${message}`)]);
  });

  it('refuses a header twice in different case, and does not repeat a name that is none', () => {
    expect(problems({ headers: { 'X-A': 'a', 'x-a': 'b' } })).toEqual([expect.stringContaining('is there twice')]);
    expect(problems({ headers: { 'Bearer abc:': 'x' } })).toEqual([expect.stringMatching(/^headers\.\(key\): is no/)]);
  });

  it('reports every problem at once', () => {
    const extra = { name: '', url: '', payload: 'x', resignWith: '', timeout: 1, limits: { rate: 1 }, x: 1 };
    expect(problems(extra)).toHaveLength(7);
  });
});
