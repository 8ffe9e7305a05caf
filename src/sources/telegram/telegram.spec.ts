/** The contract suite tests the rest; here is what a token may be. */
import { describe, expect, it } from '@jest/globals';
import { telegram } from './telegram.js';

describe('telegram', () => {
  it.each(['a', 'A-Z_09', 'x'.repeat(256)])('takes the token %s', (token) => {
    expect(telegram.scheme.secretProblem(token)).toBeUndefined();
  });

  it.each(['', ' ', 'a b', '123:ABC', 'é', 'x'.repeat(257)])(
    'refuses the token %j, which setWebhook would refuse',
    (token) => {
      expect(telegram.scheme.secretProblem(token)).toBeDefined();
    },
  );

  it('keeps the token a secret', () => expect(telegram.headers?.secret).toEqual(['x-telegram-bot-api-secret-token']));
});
