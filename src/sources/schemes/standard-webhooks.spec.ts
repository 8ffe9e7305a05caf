import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { InboundRequest } from '../source.js';
import { signStandardWebhook, standardWebhookSecretProblem, standardWebhooks } from './standard-webhooks.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const TIME = 1614265330;
const BODY = '{"test": 2432232314}';
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const GENUINE = { 'webhook-id': ID, 'webhook-timestamp': String(TIME), 'webhook-signature': SIGNATURE };
const WRONG = `v1,${'A'.repeat(43)}=`;
const scheme = standardWebhooks();

function request(headers: InboundRequest['headers'], body: Buffer | string = BODY): InboundRequest {
  return { method: 'POST', headers, repeated: new Set(), body: Buffer.from(body), receivedAt: new Date(TIME * 1000) };
}
function outcomeOf(changes: InboundRequest['headers'], at = TIME, secrets = [SECRET]): string {
  return scheme.check(request({ ...GENUINE, ...changes }), { secrets, now: new Date(at * 1000), toleranceSeconds: 300 })
    .outcome;
}

describe('signStandardWebhook', () => {
  it("agrees with the vector of the specification's repository", () => {
    const message = { id: ID, timestampSeconds: TIME, body: Buffer.from(BODY) };
    expect(signStandardWebhook({ ...message, secrets: [SECRET] })).toEqual(GENUINE);
  });

  it('signs once per secret', () => {
    const message = { id: ID, timestampSeconds: TIME, body: Buffer.from(BODY) };
    const signed = signStandardWebhook({ ...message, secrets: [OTHER, SECRET] });
    expect(signed['webhook-signature'].split(' ')).toEqual([expect.stringMatching(/^v1,.{44}$/), SIGNATURE]);
  });

  it('gives what the reference library accepts', () => {
    const timestampSeconds = Math.floor(Date.now() / 1000);
    const signed = signStandardWebhook({ id: ID, timestampSeconds, body: Buffer.from(BODY), secrets: [OTHER, SECRET] });
    for (const secret of [SECRET, OTHER]) expect(new Webhook(secret).verify(BODY, signed)).toEqual(JSON.parse(BODY));
  });

  it('signs any bytes', () => {
    const sign = (byte: number) =>
      signStandardWebhook({ id: ID, timestampSeconds: TIME, body: Buffer.from([byte]), secrets: [SECRET] });
    expect(sign(0xff)).not.toEqual(sign(0xfe));
  });

  it.each([
    ['an id with a dot', { id: 'msg.1' }],
    ['an empty id', { id: '' }],
    ['a fraction of a second', { timestampSeconds: 1.5 }],
    ['a time before 1970', { timestampSeconds: -1 }],
    ['no secret', { secrets: [] }],
    ["Stripe's kind of whsec_ secret", { secrets: ['whsec_test_secret'] }],
  ])('throws on %s', (_case, changes) => {
    const message = { id: ID, timestampSeconds: TIME, body: Buffer.from(BODY), secrets: [SECRET], ...changes };
    expect(() => signStandardWebhook(message)).toThrow(TypeError);
  });
});

describe('standardWebhooks', () => {
  it('accepts what the reference library signs', () => {
    const signature = new Webhook(SECRET).sign(ID, new Date(TIME * 1000), BODY);
    expect(outcomeOf({ 'webhook-signature': signature })).toBe('ok');
  });

  it.each([
    ['wrong ones around the right one', { 'webhook-signature': `${WRONG} v2,x ${SIGNATURE} v1,bad` }, 'ok'],
    ['another version only', { 'webhook-signature': SIGNATURE.replace('v1', 'v1a') }, 'malformed'],
    ['no signature behind the version', { 'webhook-signature': 'v1,' }, 'malformed'],
    ['a truncated signature', { 'webhook-signature': SIGNATURE.slice(0, -2) }, 'malformed'],
    ['the right one as ninth', { 'webhook-signature': `${`${WRONG} `.repeat(8)}${SIGNATURE}` }, 'mismatch'],
    ['a wrong one', { 'webhook-signature': WRONG }, 'mismatch'],
    ['no signature header', { 'webhook-signature': undefined }, 'missing'],
    ['no id', { 'webhook-id': undefined }, 'missing'],
    ['no time', { 'webhook-timestamp': '' }, 'missing'],
    ['another id', { 'webhook-id': 'msg_1' }, 'mismatch'],
    ['an id with a dot', { 'webhook-id': `${ID}.1` }, 'malformed'],
    ['an id of 64 letters of two bytes', { 'webhook-id': 'é'.repeat(64) }, 'malformed'],
    ['a time that parseInt would take', { 'webhook-timestamp': `${TIME}abc` }, 'malformed'],
    ['a time with a space', { 'webhook-timestamp': ` ${TIME}` }, 'malformed'],
  ])('%s: %s', (_case, changes, outcome) => expect(outcomeOf(changes)).toBe(outcome));

  it.each([
    [300, 'ok'],
    [-300, 'ok'],
    [301, 'stale'],
    [-301, 'stale'],
  ])('checked %d s after it was signed: %s', (seconds, outcome) => expect(outcomeOf({}, TIME + seconds)).toBe(outcome));

  it('cannot be made to cut the signed text elsewhere', () => {
    // `a.1614265330.5.x` is also the id `a.1614265330`, the time 5 and the body `x`.
    const signed = signStandardWebhook({
      id: 'a',
      timestampSeconds: TIME,
      body: Buffer.from('5.x'),
      secrets: [SECRET],
    });
    const moved = { ...signed, 'webhook-id': `a.${TIME}`, 'webhook-timestamp': '5' };
    const context = { secrets: [SECRET], now: new Date(5000), toleranceSeconds: 300 };
    expect(scheme.check(request(moved, 'x'), context).outcome).toBe('malformed');
  });

  it('knows other families of header names, and never mixes them', () => {
    const svix = standardWebhooks({ prefixes: ['svix-', 'webhook-'] });
    const now = new Date(TIME * 1000);
    const context = { secrets: [SECRET], now, toleranceSeconds: 300 };
    expect(svix.check(request(GENUINE), context).outcome).toBe('ok');
    // One header of the other family does not make it complete; three do, and then nothing of this one helps.
    expect(svix.check(request({ ...GENUINE, 'svix-signature': WRONG }), context).outcome).toBe('ok');
    const { 'webhook-id': _id, ...incomplete } = GENUINE;
    expect(svix.check(request({ ...incomplete, 'svix-id': ID }), context).outcome).toBe('missing');
    expect(svix.check(request({ ...incomplete, 'svix-id': ID, 'svix-signature': WRONG }), context).outcome).toBe(
      'missing',
    );
    const forged = { 'svix-id': 'x', 'svix-timestamp': String(TIME), 'svix-signature': WRONG };
    expect(svix.check(request({ ...GENUINE, ...forged }), context).outcome).toBe('mismatch');
    expect(svix.sign(Buffer.from(BODY), { secret: SECRET, now, id: ID })).toEqual({
      'svix-id': ID,
      'svix-timestamp': String(TIME),
      'svix-signature': SIGNATURE,
    });
  });

  it('signs again under the id of the original, unless told another', () => {
    const now = new Date(TIME * 1000);
    expect(scheme.sign(Buffer.from(BODY), { secret: SECRET, now, headers: { 'webhook-id': ID } })).toEqual(GENUINE);
    expect(scheme.sign(Buffer.from(BODY), { secret: SECRET, now })['webhook-id']).toMatch(/^msg_[0-9a-f]{24}$/);
  });

  it('accepts nothing under a secret that is none', () => expect(outcomeOf({}, TIME, ['whsec_', ''])).toBe('mismatch'));
});

describe('standardWebhookSecretProblem', () => {
  const ofLength = (bytes: number) => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`;

  it.each([SECRET, SECRET.slice(6), ofLength(24), ofLength(25), ofLength(64)])('takes %s', (secret) => {
    expect(standardWebhookSecretProblem(secret)).toBeUndefined();
  });

  it.each([
    '',
    ' ',
    'whsec_',
    ofLength(23),
    ofLength(65),
    `${SECRET} `,
    `${SECRET}=`,
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa_-',
  ])('refuses %j without repeating it', (secret) => {
    const problem = standardWebhookSecretProblem(secret);
    expect(problem).toBeDefined();
    if (secret.length > 6) expect(problem).not.toContain(secret.trim());
  });
});
