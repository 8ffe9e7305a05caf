/** The contract suite tests the rest; here is the secret that everybody has. */
import { describe, expect, it } from '@jest/globals';
import { zendesk } from './zendesk.js';

describe('zendesk', () => {
  it("refuses the secret of Zendesk's documentation", () => {
    expect(zendesk.scheme.secretProblem('dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==')).toContain('anybody');
    expect(zendesk.scheme.secretProblem('dGhpcyBpcyBhbm90aGVyIG9uZQ==')).toBeUndefined();
  });
});
