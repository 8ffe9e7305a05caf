import { stringify } from 'yaml';
import type { Senders } from './senders.js';

/** The destinations that the receiver plays. */
export const INBOX = 'inbox';
export const SHAKY = 'shaky';

/** Short, so that leases (twice the timeout and 5 s) run out soon after the kill, and retries are not waited for. */
export const TIMEOUT = '2s';
export const RETRY = { schedule: ['1s', '1s'], jitter: 0 } as const;

/** The demo's hookyard.yaml. The handler of payments.module.ts is a destination too; it brings its own route. */
export function demoConfiguration({ secrets }: Senders, receiverUrl: string, signingSecret: string): string {
  const policy = { allowPrivateNetwork: true, timeout: TIMEOUT, retry: RETRY, limits: { concurrency: 8 } };
  return stringify({
    version: 1,
    sources: Object.entries(secrets).map(([type, secret]) => ({ slug: type, type, secrets: [secret] })),
    destinations: [
      { name: INBOX, url: `${receiverUrl}/${INBOX}`, signingSecrets: [signingSecret], ...policy },
      { name: SHAKY, url: `${receiverUrl}/${SHAKY}`, ...policy },
    ],
    routes: [
      { source: 'stripe', types: ['invoice.*', 'payment_intent.*'], to: INBOX },
      { source: 'shopify', types: ['orders/*'], to: INBOX },
      { source: 'telegram', to: INBOX },
      { source: 'stripe', types: ['customer.*'], to: SHAKY },
    ],
  });
}
