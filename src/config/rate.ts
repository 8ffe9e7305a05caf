import { Refusal, fromText } from './from-text.js';

/** So many per second, minute or hour: `50/s`, `100/m`, `1000/h`. */
export type Rate = `${number}/${'s' | 'm' | 'h'}`;

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };
const how = 'write a whole number per second, minute or hour: "50/s", "100/m" or "1000/h"';

/** Per second, of `50/s`, `100/m` or `1000/h`, or why it is no rate. Never throws. */
export function parseRate(text: string): number | Refusal {
  const [, amount, unit] = /^(\d{1,6})\/(s|m|h)$/.exec(text.trim()) ?? [];
  if (amount === undefined || unit === undefined) {
    return new Refusal(/^\d+$/.test(text.trim()) ? `has no unit; ${how}` : `is no rate; ${how}`);
  }
  if (Number(amount) === 0) return new Refusal('would let nothing through; to hold deliveries, pause it instead');
  return Number(amount) / (unitSeconds[unit] ?? 1);
}

/** A rate, as so many per second. */
export const rateSchema = fromText<number>(parseRate, `has no unit; ${how}`);
