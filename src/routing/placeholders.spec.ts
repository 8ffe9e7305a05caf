import { describe, expect, it } from '@jest/globals';
import { withPlaceholders } from './placeholders.js';

describe('withPlaceholders', () => {
  const entry = {
    name: 'billing',
    url: 'https://billing.test/hooks',
    signingSecrets: ['whsec_a', '${FROM_VARIABLE}', { secret: 'whsec_b', label: 'old', notAfter: '2027-01-01' }],
    headers: { 'x-team': 'payments', authorization: 'Bearer ${TOKEN}' },
    tls: { ca: 'pem' },
    timeout: '3s',
  };

  it('hides every text where a secret may stand, and leaves references and the rest as they are', () => {
    const { entry: shown, values } = withPlaceholders(entry, 'destination_billing', false);
    expect(shown).toEqual({
      ...entry,
      signingSecrets: [
        '${DESTINATION_BILLING_SIGNINGSECRETS_1}',
        '${FROM_VARIABLE}',
        { secret: '${DESTINATION_BILLING_SIGNINGSECRETS_3_SECRET}', label: 'old', notAfter: '2027-01-01' },
      ],
      headers: { 'x-team': '${DESTINATION_BILLING_HEADERS_X_TEAM}', authorization: 'Bearer ${TOKEN}' },
      tls: { ca: '${DESTINATION_BILLING_TLS_CA}' },
    });
    expect(values.get('DESTINATION_BILLING_SIGNINGSECRETS_1')).toBe('whsec_a');
    expect(values.size).toBe(4);
  });

  it('hides an URL that may hold a token', () => {
    const shown = (url: string) => (withPlaceholders({ url }, 'd', false).entry as { url: string }).url;
    expect(shown('https://hooks.chat.test/services/T00000000/B0000/XXXX1234567890abcdef')).toBe('${D_URL}');
    expect(shown('https://a.test/hook?key=1')).toBe('${D_URL}');
    expect(shown('https://billing.internal/webhooks/orders-and-refunds')).toBe(
      'https://billing.internal/webhooks/orders-and-refunds',
    );
  });

  it('takes nothing for a reference in what was not written in a file', () => {
    const { entry: shown, values } = withPlaceholders({ name: '${x}', resignWith: 'a${b}' }, 'd', true);
    expect(shown).toEqual({ name: '$${x}', resignWith: '${D_RESIGNWITH}' });
    expect(values.get('D_RESIGNWITH')).toBe('a${b}');
  });
});
