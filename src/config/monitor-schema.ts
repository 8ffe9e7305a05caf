import type { MonitorSettings } from './config.js';
import { durationSchema } from './duration.js';
import { strictObject } from './strict-object.js';

/** Slug and type of the synthetic monitor's source, and name of its handler: nobody else may have them. */
export const MONITOR_NAME = 'hookyard-monitor';

/** `monitor` in hookyard.yaml; without it there is none. */
export const monitorSchema = strictObject({
  interval: durationSchema('10s', '1h').prefault('1m'),
  within: durationSchema('1s', '10m').prefault('30s'),
}).transform(({ interval, within }): MonitorSettings => ({ intervalMs: interval, withinMs: within }));
