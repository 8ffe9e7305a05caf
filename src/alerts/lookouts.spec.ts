import { describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { DEFAULT_ALERTS } from '../config/alerts-schema.js';
import type { Topology } from '../routing/topology.js';
import type { TopologyStore } from '../routing/topology.store.js';
import { advanceAll, judge } from './judge.js';
import { sharedLookouts } from './lookouts.js';
import type { Alert } from './alert.js';

/** Self-signed, made for this test. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgTCCASegAwIBAgIUA8dAyOXD2qjrvXubFlsCZBnB4HcwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLZXhwaXJ5IHRlc3QwHhcNMjYxMTIyMTgxNzA2WhcNMzYxMTE5
MTgxNzA2WjAWMRQwEgYDVQQDDAtleHBpcnkgdGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABAdh0Uiq8f2dobBtF9OSJxWtowki+xkjBQTezceAYGxLy7brIp0D
EGQaLuAsE1+9i6+IS8Z32z73YuW/tGnH1XyjUzBRMB0GA1UdDgQWBBSulDffKwTI
lZKt7E7a+kGL1H1tWTAfBgNVHSMEGDAWgBSulDffKwTIlZKt7E7a+kGL1H1tWTAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDmaujHwTEQoe+qB9s9
qdDrmxBlH6rbMBrptWoHOZQj1wIgLCVRCmYt0oR+/e8HrFQD9vmScqL+gzhgNi0H
igsJRNs=
-----END CERTIFICATE-----
`;
const ENDS = new X509Certificate(CERTIFICATE).validToDate;
const inDays = (days: number): Date => new Date(ENDS.getTime() + days * 86_400_000);

const topologyOf = (destination: object): Topology =>
  ({ destinations: new Map([[1, { kind: 'http', name: 'billing', signingSecrets: [], ...destination }]]) }) as never;

/** What one process that is never restarted sees; `alerts` as they stand. */
function watching(first: Topology) {
  const store = { current: first };
  const nothing = {} as never;
  const lookouts = sharedLookouts(nothing, store as unknown as TopologyStore, nothing).filter(({ rules }) =>
    rules.some(({ rule }) => /certificate|signing/.test(rule)),
  );
  let alerts: readonly Alert[] = [];
  return {
    store,
    async lookAt(now: Date): Promise<string[]> {
      const judged = await judge(lookouts, { now, settings: DEFAULT_ALERTS }, (error) => {
        throw error;
      });
      const advanced = advanceAll(alerts, judged, () => true, now);
      alerts = [...alerts.filter(({ key }) => !advanced.some((one) => one.key === key)), ...advanced];
      return alerts.filter(({ status }) => status === 'active').map(({ key, severity }) => `${key} ${severity}`);
    },
  };
}

describe('a process that has run for weeks', () => {
  it.each([
    ['authority', { tls: { ca: CERTIFICATE } }],
    ['client', { tls: { cert: CERTIFICATE } }],
    ['proxy', { proxy: { tls: { ca: CERTIFICATE } } }],
  ])('notices by itself that the certificate of the %s ends, that it has ended, and its successor', async (_, has) => {
    const process = watching(topologyOf(has));
    expect(await process.lookAt(inDays(-31))).toEqual([]);
    expect(await process.lookAt(inDays(-29))).toEqual(['certificate_ending:billing warning']);
    expect(await process.lookAt(inDays(1))).toEqual(['certificate_ending:billing critical']);
    process.store.current = topologyOf({ tls: undefined });
    await process.lookAt(inDays(1.1));
    expect(await process.lookAt(inDays(1.2))).toEqual([]);
  });

  it('reminds people before a signing secret ends, names it by its label, and is silent after', async () => {
    const signingSecrets = [
      { value: 'canary new', label: 'new', notAfter: undefined },
      { value: 'canary old', label: 'old', notAfter: ENDS },
    ];
    const process = watching(topologyOf({ signingSecrets }));
    expect(await process.lookAt(inDays(-3.1))).toEqual([]);
    expect(await process.lookAt(inDays(-2.9))).toEqual(['signing_secret_ending:billing warning']);
    expect(await process.lookAt(ENDS)).toEqual(['signing_secret_ending:billing warning']);
    await process.lookAt(inDays(0.1));
    expect(await process.lookAt(inDays(0.2))).toEqual([]);
  });
});
