import { describe, expect, it } from '@jest/globals';
import type { DeclaredConfiguration, DeclaredDestination } from '../config/config.js';
import type { Log } from '../telemetry/log.js';
import { warnOfExpiry } from './warn-of-expiry.js';

const pem = (base64: string): string => `-----BEGIN CERTIFICATE-----${base64}\n-----END CERTIFICATE-----\n`;
/** Self-signed, made for this test. Valid until 2036-11-19T18:17:06Z … */
const FIRST = pem(`
MIIBgTCCASegAwIBAgIUA8dAyOXD2qjrvXubFlsCZBnB4HcwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLZXhwaXJ5IHRlc3QwHhcNMjYxMTIyMTgxNzA2WhcNMzYxMTE5
MTgxNzA2WjAWMRQwEgYDVQQDDAtleHBpcnkgdGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABAdh0Uiq8f2dobBtF9OSJxWtowki+xkjBQTezceAYGxLy7brIp0D
EGQaLuAsE1+9i6+IS8Z32z73YuW/tGnH1XyjUzBRMB0GA1UdDgQWBBSulDffKwTI
lZKt7E7a+kGL1H1tWTAfBgNVHSMEGDAWgBSulDffKwTIlZKt7E7a+kGL1H1tWTAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDmaujHwTEQoe+qB9s9
qdDrmxBlH6rbMBrptWoHOZQj1wIgLCVRCmYt0oR+/e8HrFQD9vmScqL+gzhgNi0H
igsJRNs=`);
/** … and until 2046-11-17. */
const SECOND = pem(`
MIIBgTCCASegAwIBAgIUTetU+LUBbFenD0Q7hmx5GXpEOpQwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLZXhwaXJ5IHRlc3QwHhcNMjYxMTIyMTgxNzA2WhcNNDYxMTE3
MTgxNzA2WjAWMRQwEgYDVQQDDAtleHBpcnkgdGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABFTrPKlsqbUSO1FA0Kv8dcH7+MKWfBP2QCFwjafzZls8Qi3k/+2Q
PZ1vcGQFNf93/2ODQd60LddFIVHsQfUj85yjUzBRMB0GA1UdDgQWBBQYYSqgXypS
76SqcjkgyIH2RxMpsTAfBgNVHSMEGDAWgBQYYSqgXypS76SqcjkgyIH2RxMpsTAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIE3XdoYkoFgOmNEdhoJ6
3hvmb4OPy98oobzW+1C7lcm/AiEAtWVf/dsx9P5vPZjFzLKZ6hi8//zq+RLSB2d5
aOvnE/g=`);
const FIRST_ENDS = '2036-11-19T18:17:06.000Z';
const DAY_MS = 86_400_000;
const before = (days: number): Date => new Date(Date.parse(FIRST_ENDS) - days * DAY_MS);

function warnings(destination: Partial<DeclaredDestination>, now: Date): unknown[] {
  const lines: unknown[] = [];
  const declared = { destinations: [{ name: 'billing', signingSecrets: [], ...destination }] };
  const log = { warn: (line: unknown) => lines.push(line) } as unknown as Log;
  warnOfExpiry(declared as unknown as DeclaredConfiguration, log, now);
  return lines;
}

describe('at the start', () => {
  const ends = (key: string) => ({
    event: 'destination.certificate_ends',
    destination: 'billing',
    key,
    notAfter: FIRST_ENDS,
  });

  it('is warned of a certificate from thirty days before its end on, and after it', () => {
    const tls = { ca: FIRST } as DeclaredDestination['tls'];
    expect(warnings({ tls }, before(30.01))).toEqual([]);
    expect(warnings({ tls }, before(29.99))).toEqual([ends('tls.ca')]);
    expect(warnings({ tls }, before(-1_000))).toEqual([ends('tls.ca')]);
  });

  it('the first of several to end counts, wherever it stands', () => {
    expect(warnings({ tls: { ca: SECOND + FIRST } as DeclaredDestination['tls'] }, before(1))).toEqual([
      ends('tls.ca'),
    ]);
    expect(warnings({ tls: { ca: SECOND } as DeclaredDestination['tls'] }, before(1))).toEqual([]);
  });

  it('a client certificate counts, and so do those of the proxy', () => {
    const tls = { cert: FIRST } as DeclaredDestination['tls'];
    const proxy = { tls: { ca: FIRST, cert: FIRST } } as DeclaredDestination['proxy'];
    expect(warnings({ tls, proxy }, before(1))).toEqual([
      ends('tls.cert'),
      ends('proxy.tls.ca'),
      ends('proxy.tls.cert'),
    ]);
  });

  it('is warned of a signing secret that has ended, by its label and never by its value', () => {
    const secret = (label: string, notAfter?: Date) => ({ value: `canary ${label}`, label, notAfter });
    const now = before(100);
    const earlier = new Date(now.getTime() - 1);
    const lines = warnings({ signingSecrets: [secret('old', earlier), secret('now', now), secret('for ever')] }, now);
    expect(lines).toEqual([
      {
        event: 'destination.signing_secret_ended',
        destination: 'billing',
        label: 'old',
        notAfter: earlier.toISOString(),
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });
});
