import { stringify } from 'yaml';
import type { Senders } from './senders.js';

/** The destinations that the receiver plays. */
export const INBOX = 'inbox';
export const SHAKY = 'shaky';
export const DOWN = 'down';

/** Short, so that leases (twice the timeout and 5 s) run out soon after the kill, and retries are not waited for. */
export const TIMEOUT = '2s';
export const RETRY = { schedule: ['1s', '1s'], jitter: 0 } as const;

/** A breaker that opens and is probed within seconds; the default cooldown is five minutes. */
export const COOLDOWN_MS = 1_000;
const BREAKER = { failures: 5, cooldown: `${COOLDOWN_MS}ms` };
const OFTEN = { exponential: { base: '200ms', factor: 1, attempts: 50 }, jitter: 0 };

/** The demo's hookyard.yaml. The handler of payments.module.ts is a destination too; it brings its own route. */
export function demoConfiguration({ secrets }: Senders, receiverUrl: string, signingSecret: string): string {
  const policy = { allowPrivateNetwork: true, timeout: TIMEOUT, retry: RETRY, limits: { concurrency: 8 } };
  return stringify({
    version: 1,
    sources: Object.entries(secrets).map(([type, secret]) => ({ slug: type, type, secrets: [secret] })),
    destinations: [
      { name: INBOX, url: `${receiverUrl}/${INBOX}`, signingSecrets: [signingSecret], ...policy },
      { name: SHAKY, url: `${receiverUrl}/${SHAKY}`, ...policy },
      { name: DOWN, url: `${receiverUrl}/${DOWN}`, ...policy, retry: OFTEN, breaker: BREAKER },
    ],
    routes: [
      { source: 'stripe', types: ['invoice.*', 'payment_intent.*'], to: INBOX },
      { source: 'shopify', types: ['orders/*'], to: INBOX },
      { source: 'telegram', to: INBOX },
      { source: 'stripe', types: ['customer.*'], to: SHAKY },
      { source: 'stripe', types: ['charge.*'], to: DOWN },
    ],
  });
}
