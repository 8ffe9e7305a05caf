import type { ApiClient, ApiObject } from './api-client.js';
import { connect } from './connect.js';
import { entryOf, pairsOf, type Entry, type EntryFlags } from './entry.js';
import { part } from './requests.js';

/** The flags of `hookyard destinations create` and `update`. */
export interface DestinationFlags extends EntryFlags {
  readonly url?: string;
  readonly payload?: string;
  readonly signingSecret?: readonly string[];
  readonly resignWith?: string;
  readonly header?: readonly string[];
  readonly timeout?: string;
  readonly retry?: string;
  readonly rate?: string;
  readonly concurrency?: number;
  readonly allowPrivateNetwork?: boolean;
}

/** The entry that the flags make. `changed`: the destination that it changes. */
export async function destinationEntry(flags: DestinationFlags, changed?: string): Promise<Record<string, unknown>> {
  const { url, payload, signingSecret, resignWith, timeout, retry, allowPrivateNetwork } = flags;
  return entryOf(flags, {
    url,
    payload,
    signingSecrets: signingSecret,
    resignWith,
    headers: pairsOf('--header', ':', flags.header),
    timeout,
    retry,
    allowPrivateNetwork,
    limits: await limitsOf(flags, changed),
  });
}

/** The API takes limits as a whole: the one that is not given stays as it is. */
async function limitsOf(
  { rate, concurrency }: DestinationFlags,
  changed: string | undefined,
): Promise<Entry | undefined> {
  if (rate === undefined && concurrency === undefined) return undefined;
  const given = { ...(rate === undefined ? {} : { rate }), ...(concurrency === undefined ? {} : { concurrency }) };
  return changed === undefined || Object.keys(given).length === 2
    ? given
    : { ...(await limitsNow(connect(), changed)), ...given };
}

async function limitsNow(api: ApiClient, name: string): Promise<Entry> {
  const { concurrency, ratePerSecond } = (await api.get(`/destinations/${part(name)}`)).data['policy'] as ApiObject;
  return {
    ...(typeof concurrency === 'number' ? { concurrency } : {}),
    ...(typeof ratePerSecond === 'number' ? { rate: rateText(ratePerSecond) } : {}),
  };
}

function rateText(perSecond: number): string {
  for (const [unit, seconds] of [
    ['s', 1],
    ['m', 60],
  ] as const) {
    // 1/60 times 60 is not always 1.
    const amount = Math.round(perSecond * seconds);
    if (Math.abs(amount - perSecond * seconds) < 1e-6) return `${amount}/${unit}`;
  }
  return `${Math.round(perSecond * 3_600)}/h`;
}
