import { z } from 'zod';
import { AddressRules } from './address-rules.js';
import type { AlertSettings, Silence } from './config.js';
import { durationSchema } from './duration.js';
import { fromText } from './from-text.js';
import { parseHttpUrl } from './http-url.js';
import { flag } from './number-schemas.js';
import type { ConfigFile } from './read-config-file.js';
import { signingSecretsSchema } from './signing-secrets.js';
import { slugPattern } from './source-schema.js';
import { strictObject } from './strict-object.js';
import { timeZoneSchema, wallClockSchema } from './wall-clock.js';

const minutes = durationSchema('1m', '30d');
/** Habits are known for a week. */
const silence = durationSchema('1m', '6d');

const silenceSchema = z.custom<unknown>().transform((value: unknown, context): Silence => {
  if (value === 'auto' || value === 'off') return value;
  const parsed = silence.safeParse(value);
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'must be auto, off or how long, from 1m to 6d ("2h")' });
  return z.NEVER;
});

const silentSourcesSchema = z.custom<unknown>().transform((value: unknown, context): AlertSettings['silentSources'] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const parsed = silenceSchema.safeParse(value);
    if (parsed.success) return { default: parsed.data, bySource: new Map<string, Silence>() };
    context.addIssue({ code: 'custom', message: 'must be auto, off, how long ("2h"), or a block of slugs with these' });
    return z.NEVER;
  }
  const bySource = new Map<string, Silence>();
  for (const [slug, written] of Object.entries(value)) {
    const parsed = silenceSchema.safeParse(written);
    if (parsed.success && slugPattern.test(slug)) bySource.set(slug, parsed.data);
    const message = parsed.success
      ? 'is not the slug of a source'
      : (parsed.error.issues[0]?.message ?? 'is not valid');
    if (!bySource.has(slug)) context.addIssue({ code: 'custom', path: [slug], message });
  }
  return { default: 'auto' as const, bySource };
});

const webhookSchema = strictObject({
  url: fromText<string>(parseHttpUrl),
  signingSecrets: signingSecretsSchema.default([]),
  allowPrivateNetwork: flag.prefault(false),
});

const quietHoursSchema = strictObject({
  from: wallClockSchema,
  to: wallClockSchema,
  timeZone: timeZoneSchema.prefault('UTC'),
}).refine(({ from, to }) => from !== to, { message: 'must differ from "from"', path: ['to'] });

/** `alerts` in hookyard.yaml. */
export const alertsSchema = strictObject({
  webhook: webhookSchema.optional(),
  quietHours: quietHoursSchema.optional(),
  oldestOverdue: minutes.prefault('15m'),
  silentSources: silentSourcesSchema.prefault('auto'),
}).transform(({ webhook, quietHours, oldestOverdue, silentSources }): AlertSettings => ({
  webhook,
  quietHours,
  oldestOverdueMs: oldestOverdue,
  silentSources,
}));

/** `digest` in hookyard.yaml; without it there is none. */
export const digestSchema = strictObject({
  at: wallClockSchema.prefault('08:00'),
  timeZone: timeZoneSchema.prefault('UTC'),
});

/** What holds where the file says nothing of alerts. */
export const DEFAULT_ALERTS: AlertSettings = alertsSchema.parse({});

/** Reports a webhook in a network that is closed to it. */
export function checkAlerts(file: ConfigFile, { webhook }: AlertSettings, allowedNetworks: readonly string[]): void {
  const url = webhook && URL.parse(webhook.url);
  if (url && new AddressRules(allowedNetworks).ofHost(url, webhook.allowPrivateNetwork) !== 'open') {
    const message = 'leads where alerts may not go; allowPrivateNetwork: true beside it opens private networks';
    file.report({ path: ['alerts', 'webhook', 'url'], message });
  }
}
