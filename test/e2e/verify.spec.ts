/** `hookyard verify`, as the command that people type. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtInSources, findSourceType } from '../../src/sources/catalog.js';
import { signedRequest } from '../../src/testing/signed-request.js';
import { ended, type Ended } from '../support/installed-shop.js';

const BIN = fileURLToPath(new URL('../../bin/hookyard.mjs', import.meta.url));
const NOW = new Date('2026-11-02T12:00:00Z');
const AT = ['--at', NOW.toISOString()];
const SECRETS = [
  'whsec_first_secret',
  'whsec_second_secret',
  'whsec_of_another_source',
  'whsec_that_has_ended',
] as const;
const YAML = `version: 1
sources:
  - slug: stripe
    type: stripe
    secrets:
      - ${SECRETS[0]}
      - { value: ${SECRETS[1]}, label: second }
      - { value: ${SECRETS[3]}, label: ended, notAfter: '2026-01-01T00:00:00Z' }
  - { slug: stripe-eu, type: stripe, secrets: [${SECRETS[2]}] }
  - { slug: square, type: square, secrets: [square-secret], options: { url: 'https://hooks.example.com/in/square' } }
`;
const BODY = '{"id":"evt_1","type":"invoice.paid","livemode":true}';

jest.setTimeout(60_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hookyard-verify-'));
  await writeFile(join(folder, 'hookyard.yaml'), YAML);
  await writeFile(join(folder, 'body.json'), BODY);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What Stripe would put into the header. */
function signature(secret: string, body = BODY, now = NOW): string {
  const stripe = findSourceType(builtInSources, 'stripe');
  if (!stripe) throw new Error('no stripe');
  return `Stripe-Signature: ${signedRequest(stripe, { body, secret, now }).headers['stripe-signature']}`;
}

async function verify(args: readonly string[], stdin?: string, env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, 'verify', ...args], { cwd: folder, env });
  child.stdin.end(stdin);
  const end = await ended(child);
  for (const secret of [...SECRETS, 'square-secret']) expect(end.stdout + end.stderr).not.toContain(secret);
  return end;
}

const stripe = (header: string, ...more: string[]) => [
  '--source',
  'stripe',
  '--body',
  'body.json',
  '--header',
  header,
  ...AT,
  ...more,
];

describe('hookyard verify', () => {
  it('says which secret matched and what the event is', async () => {
    const { code, stdout } = await verify(stripe(signature(SECRETS[1])));
    expect(code).toBe(0);
    for (const part of [
      'Verified.',
      '{t}.{body}',
      'stripe-signature: there',
      'secret 2 of 3 ("second")',
      'invoice.paid, id evt_1',
    ])
      expect(stdout).toContain(part);
  });

  it('names the secret as the API does where the encryption key is at hand', async () => {
    const env = { HOOKYARD_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') };
    const { stdout } = await verify(stripe(signature(SECRETS[0]), '--json'), undefined, env);
    expect(JSON.parse(stdout)).toMatchObject({
      verified: true,
      matched: { slug: 'stripe', position: 1, fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) },
    });
  });

  it('reads the body from stdin', async () => {
    const args = ['--source', 'stripe', '--body', '-', '--header', signature(SECRETS[0]), ...AT];
    expect(await verify(args, BODY)).toMatchObject({ code: 0 });
  });

  it.each<[string, string, () => readonly string[], string | undefined]>([
    ['a header that is missing', 'missing', () => ['--source', 'stripe', '--body', 'body.json', ...AT], undefined],
    ['a header that is none', 'malformed', () => stripe('Stripe-Signature: t=1,v1=0'), undefined],
    [
      'a header that came twice',
      'malformed',
      () => stripe(signature(SECRETS[0]), '--header', signature(SECRETS[0])),
      undefined,
    ],
    [
      'a time too long ago',
      'stale',
      () => stripe(signature(SECRETS[0], BODY, new Date(NOW.getTime() - 301_000))),
      undefined,
    ],
    [
      'a time to come',
      'future',
      () => stripe(signature(SECRETS[0], BODY, new Date(NOW.getTime() + 301_000))),
      undefined,
    ],
    ['a secret that has ended', 'expired_secret', () => stripe(signature(SECRETS[3])), undefined],
    ["another source's secret", 'other_source', () => stripe(signature(SECRETS[2])), undefined],
    [
      'a body that was changed',
      'body_changed',
      () => ['--source', 'stripe', '--body', '-', '--header', signature(SECRETS[0]), ...AT],
      `${BODY}\n`,
    ],
    ['an unknown secret', 'wrong', () => stripe(signature('whsec_unknown')), undefined],
  ])('explains %s', async (_what, reason, args, stdin) => {
    const { code, stdout } = await verify([...args(), '--json'], stdin);
    expect(JSON.parse(stdout)).toMatchObject({ verified: false, diagnosis: { reason } });
    expect(code).toBe(1);
  });

  it('takes the URL that was called, for senders that sign it', async () => {
    const square = findSourceType(builtInSources, 'square');
    if (!square) throw new Error('no square');
    const url = 'https://hooks.example.com/in/square?a=b';
    const { headers } = signedRequest(square, { body: BODY, secret: 'square-secret', url });
    const header = `x-square-hmacsha256-signature: ${headers['x-square-hmacsha256-signature']}`;
    const args = ['--source', 'square', '--body', 'body.json', '--header', header];
    expect((await verify([...args, '--url', url])).code).toBe(0);
    expect((await verify(args)).code).toBe(1);
  });

  it.each<[string, string[], number, string]>([
    ['a source that there is not', ['--source', 'strype', '--body', 'body.json'], 3, 'Did you mean "stripe"?'],
    ['a file that there is not', ['--source', 'stripe', '--body', 'nobody.json'], 2, 'ENOENT'],
    ['no body', ['--source', 'stripe'], 2, '--body'],
    ['a header without a name', ['--source', 'stripe', '--body', 'body.json', '--header', 'x y'], 2, "'Name: value'"],
    ['a time that is none', ['--source', 'stripe', '--body', 'body.json', '--at', 'noon'], 2, '--at'],
  ])('says what is wrong with %s', async (_what, args, exitCode, message) => {
    const { code, stderr } = await verify(args);
    expect(stderr).toContain(message);
    expect(code).toBe(exitCode);
  });

  it('points to a header whose name is spelt otherwise', async () => {
    const { stdout } = await verify(stripe(signature(SECRETS[0]).replace('Signature', 'Signatur')));
    expect(stdout).toContain('Is stripe-signatur meant to be stripe-signature?');
    expect(await readFile(join(folder, 'body.json'), 'utf8')).toBe(BODY);
  });
});
