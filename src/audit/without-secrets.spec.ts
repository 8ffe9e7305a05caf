import { describe, expect, it } from '@jest/globals';
import { withoutSecrets } from './without-secrets.js';

describe('withoutSecrets', () => {
  it.each([
    'signingSecrets',
    'secrets',
    'botToken',
    'Authorization',
    'password',
    'apiKey',
    'api-key',
    'key',
    'headers',
    'privateKey',
    'resignWith',
  ])('hides what is under %s, at any depth', (name) => {
    const hidden = JSON.stringify(withoutSecrets({ a: [{ [name]: { inner: 'whsec_1' } }], [name]: ['whsec_2'] }));
    expect(hidden).not.toContain('whsec');
    expect(hidden).toContain(name);
  });

  it('leaves everything else as it is, fingerprints and absent secrets too', () => {
    const value = {
      name: 'a',
      secretFingerprints: ['sha256:ab'],
      secret: null,
      at: new Date(0),
      keyed: [1, 'b', true],
    };
    expect(withoutSecrets(value)).toEqual(value);
  });

  it('ends with values nested without end', () => {
    let nested: unknown = 'end';
    for (let n = 0; n < 10_000; n += 1) nested = { nested };
    expect(JSON.stringify(withoutSecrets(nested)).length).toBeLessThan(200);
  });
});
