import { describe, expect, it } from '@jest/globals';
import { problemsWith, tryConfig } from './try-config.js';

const monitorOf = (yaml: string): unknown => tryConfig({ yaml: `version: 1\n${yaml}` }).declared.monitor;
const problems = (yaml: string): readonly string[] => problemsWith({ yaml: `version: 1\n${yaml}` });

describe('monitor in hookyard.yaml', () => {
  it('is none unless it is asked for', () => {
    expect(monitorOf('')).toBeUndefined();
    expect(monitorOf('monitor: {}')).toEqual({ intervalMs: 60_000, withinMs: 30_000 });
    expect(monitorOf('monitor: { interval: 5m, within: 10s }')).toEqual({ intervalMs: 300_000, withinMs: 10_000 });
  });

  it.each([
    ['monitor: { interval: 5s }', 'monitor.interval: is out of range; write at least 10s and at most 1h'],
    ['monitor: { interval: 2h }', 'monitor.interval: is out of range'],
    ['monitor: { within: 11m }', 'monitor.within: is out of range'],
    ['monitor: { every: 1m }', 'monitor.every: is not a key here'],
    [
      'sources: [{ slug: hookyard-monitor, type: stripe, secrets: [a] }]',
      'sources[0].slug: is kept for the synthetic monitor',
    ],
    [
      'monitor: {}\ndestinations: [{ name: d, url: "https://a.example" }]\nroutes: [{ source: hookyard-monitor, to: d }]',
      'routes[0].source: no source has this slug',
    ],
    [
      'monitor: {}\ndestinations: [{ name: d, url: "https://a.example" }]\nroutes: [{ sourceType: hookyard-monitor, to: d }]',
      'routes[0].sourceType: no source type has this name',
    ],
  ])('refuses %s', (yaml, problem) => {
    expect(problems(yaml)).toEqual(expect.arrayContaining([expect.stringContaining(problem)]));
  });
});
