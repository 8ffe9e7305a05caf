import { describe, expect, it } from '@jest/globals';
import type { Config } from './config.js';
import { problemsWith, tryConfig } from './try-config.js';

const declared = (yaml: string): Config['declared'] => tryConfig({ yaml: `version: 1\n${yaml}` }).declared;
const problems = (yaml: string): readonly string[] => problemsWith({ yaml: `version: 1\n${yaml}` });

describe('alerts in hookyard.yaml', () => {
  it('have defaults, and no digest unless it is asked for', () => {
    expect(declared('')).toMatchObject({
      alerts: {
        webhook: undefined,
        quietHours: undefined,
        oldestOverdueMs: 900_000,
        silentSources: { default: 'auto' },
      },
      digest: undefined,
    });
    expect(declared('digest: {}').digest).toEqual({ at: 480, timeZone: 'UTC' });
  });

  it('are read with times of day in a zone', () => {
    const { alerts, digest } = declared(`alerts:
  quietHours: { from: "22:30", to: "07:00", timeZone: Europe/Berlin }
  oldestOverdue: 1h
digest: { at: "06:15", timeZone: America/New_York }`);
    expect(alerts.quietHours).toEqual({ from: 1350, to: 420, timeZone: 'Europe/Berlin' });
    expect(alerts.oldestOverdueMs).toBe(3_600_000);
    expect(digest).toEqual({ at: 375, timeZone: 'America/New_York' });
  });

  it('say how long sources may be silent, all of them or one by one', () => {
    expect(declared('alerts: { silentSources: off }').alerts.silentSources).toEqual({
      default: 'off',
      bySource: new Map(),
    });
    expect(declared('alerts: { silentSources: 2h }').alerts.silentSources.default).toBe(7_200_000);
    expect(declared('alerts: { silentSources: { stripe: 30m, shopify: off } }').alerts.silentSources).toEqual({
      default: 'auto',
      bySource: new Map<string, unknown>([
        ['stripe', 1_800_000],
        ['shopify', 'off'],
      ]),
    });
  });

  it.each([
    ['alerts: { webhook: { url: "http://10.0.0.1/" } }', 'alerts.webhook.url: leads where alerts may not go'],
    [
      'alerts: { webhook: { url: "http://169.254.169.254/", allowPrivateNetwork: true } }',
      'leads where alerts may not go',
    ],
    ['alerts: { quietHours: { from: "24:00", to: "07:00" } }', 'alerts.quietHours.from: must be a time of day'],
    ['alerts: { quietHours: { from: "07:00", to: "07:00" } }', 'alerts.quietHours.to: must differ'],
    ['digest: { timeZone: Europe/Berlni }', 'digest.timeZone: must be a time zone'],
    ['alerts: { silentSources: { stripe: soon } }', 'alerts.silentSources.stripe: must be auto, off or how long'],
    ['alerts: { silentSources: 12 }', 'alerts.silentSources: must be auto, off, how long'],
    ['alerts: { oldestOverdue: 1s }', 'alerts.oldestOverdue: is out of range'],
    ['alerts: { telegramm: {} }', 'alerts.telegramm: is not a key here'],
    ['alerts: { webhook: { url: "https://a.example", signingSecrets: [CANARY] } }', 'alerts.webhook.signingSecrets[0]'],
  ])('refuse %s', (yaml, problem) => {
    const found = problems(yaml);
    expect(found).toEqual([expect.stringContaining(problem)]);
    expect(found.join()).not.toContain('CANARY');
  });
});
