import { describe, expect, it } from '@jest/globals';
import type { InboundRequest } from '../source.js';
import { ecdsaP256, ed25519 } from './public-key.js';

const discord = ed25519({ header: 'x-signature-ed25519', timestampHeader: 'x-signature-timestamp' });
const DISCORD_KEY = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const DISCORD_SIGNATURE =
  '9ef52e0980512fc86504213828935ead2d8ad69632af84e31aae7c0a1593a04f81779d871c1d68240dce56038c60788e51e59a6c3f14c72a4183c785b1e8b70e';
const SEED = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 1)]);
const sendgrid = ecdsaP256({ header: 'signature', timestampHeader: 'timestamp' });
const SENDGRID_KEY =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==';
const SENDGRID_SIGNATURE =
  'MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=';
const SENDGRID_BODY = '{"category":"example_payload","event":"test_event","message_id":"message_id"}';

function check(scheme: typeof discord, headers: InboundRequest['headers'], body: string, key: string, at: number) {
  const now = new Date(at * 1000);
  const request = { method: 'POST', headers, repeated: new Set<string>(), body: Buffer.from(body), receivedAt: now };
  return scheme.check(request, { secrets: ['', 'no key', key], now, toleranceSeconds: 300 });
}
const ofDiscord = (changes: InboundRequest['headers'] = {}, body = '{"type":1}', at = 1700000000, key = DISCORD_KEY) =>
  check(
    discord,
    { 'x-signature-ed25519': DISCORD_SIGNATURE, 'x-signature-timestamp': '1700000000', ...changes },
    body,
    key,
    at,
  ).outcome;

describe('ed25519', () => {
  it('agrees with a vector that was made apart', () => {
    expect(ofDiscord()).toBe('ok');
    const secret = SEED.toString('base64');
    const signed = discord.sign(Buffer.from('{"type":1}'), { secret, now: new Date(1700000000_000) });
    expect(signed).toEqual({ 'x-signature-ed25519': DISCORD_SIGNATURE, 'x-signature-timestamp': '1700000000' });
  });

  it.each<[string, InboundRequest['headers'], string]>([
    ['no signature', { 'x-signature-ed25519': undefined }, 'missing'],
    ['no time', { 'x-signature-timestamp': undefined }, 'missing'],
    ['another time', { 'x-signature-timestamp': '1700000001' }, 'mismatch'],
    ['a time with letters', { 'x-signature-timestamp': '1700000000a' }, 'malformed'],
    ['upper-case hex', { 'x-signature-ed25519': DISCORD_SIGNATURE.toUpperCase() }, 'malformed'],
    ['half a signature', { 'x-signature-ed25519': DISCORD_SIGNATURE.slice(0, 64) }, 'malformed'],
    ['another signature', { 'x-signature-ed25519': DISCORD_SIGNATURE.replace('9ef5', '9ef6') }, 'mismatch'],
    ['zeros', { 'x-signature-ed25519': '0'.repeat(128) }, 'mismatch'],
  ])('%s: %s', (_case, changes, outcome) => expect(ofDiscord(changes)).toBe(outcome));

  it('is bound to the body, the key and the time', () => {
    expect(ofDiscord({}, '{"type":2}')).toBe('mismatch');
    expect(ofDiscord({}, undefined, undefined, discord.exampleSecret('other'))).toBe('mismatch');
    expect([300, -300, 301, -301].map((seconds) => ofDiscord({}, undefined, 1700000000 + seconds))).toEqual([
      'ok',
      'ok',
      'stale',
      'stale',
    ]);
  });

  it('takes public keys for secrets, and nothing else', () => {
    for (const key of [DISCORD_KEY, DISCORD_KEY.toUpperCase()]) expect(discord.secretProblem(key)).toBeUndefined();
    for (const key of ['', ' ', 'secret', DISCORD_KEY.slice(1), SEED.toString('base64')])
      expect(discord.secretProblem(key)).toContain('64 hex digits');
  });
});

describe('ecdsaP256', () => {
  const headers = { signature: SENDGRID_SIGNATURE, timestamp: '1588788367' };

  it("agrees with SendGrid's vector", () => {
    expect(check(sendgrid, headers, SENDGRID_BODY, SENDGRID_KEY, 1588788367)).toEqual({
      outcome: 'ok',
      secretIndex: 2,
    });
    expect(check(sendgrid, headers, `${SENDGRID_BODY}\r\n`, SENDGRID_KEY, 1588788367).outcome).toBe('mismatch');
  });

  it('verifies what the private key of the example signs', () => {
    const key = sendgrid.exampleSecret('a');
    const signed = sendgrid.sign(Buffer.from('[]'), {
      secret: sendgrid.signingKey?.example('a') ?? '',
      now: new Date(1588788367_000),
    });
    expect(check(sendgrid, signed, '[]', key, 1588788367).outcome).toBe('ok');
    expect(check(sendgrid, signed, '[]', sendgrid.exampleSecret('b'), 1588788367).outcome).toBe('mismatch');
  });

  it.each([
    ['base64url', SENDGRID_SIGNATURE.replaceAll('+', '-')],
    ['no padding', SENDGRID_SIGNATURE.slice(0, -1)],
    ['a signature that is too long', Buffer.alloc(100).toString('base64')],
  ])('%s is malformed', (_case, signature) => {
    expect(check(sendgrid, { ...headers, signature }, SENDGRID_BODY, SENDGRID_KEY, 1588788367).outcome).toBe(
      'malformed',
    );
  });

  it('takes keys of this curve only', () => {
    expect(sendgrid.secretProblem(SENDGRID_KEY)).toBeUndefined();
    for (const key of ['', 'secret', DISCORD_KEY, `${SENDGRID_KEY} `, SENDGRID_KEY.slice(4)])
      expect(sendgrid.secretProblem(key)).toContain('P-256');
  });

  it('signs with a private key only', () => {
    expect(() => sendgrid.sign(Buffer.alloc(0), { secret: SENDGRID_KEY, now: new Date() })).toThrow('private key');
    expect(sendgrid.signingKey?.problem(SENDGRID_KEY)).toContain('private key');
    expect(sendgrid.signingKey?.problem(SEED.toString('base64'))).toContain('private key');
  });
});
