import { Refusal, fromText } from './from-text.js';

/** A number and its unit: `500ms`, `15s`, `10m`, `1h`, `2d`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const how = 'write a number with its unit: "500ms", "15s", "10m", "1h" or "2d"';

/** Milliseconds of `500ms`, `15s`, `10m`, `1h`, `2d` (decimals allowed), or why it is none. Never throws. */
export function parseDuration(text: string): number | Refusal {
  const [, amount, unit] = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  if (amount === undefined || unit === undefined) {
    return new Refusal(/^\d+(\.\d+)?$/.test(text.trim()) ? `has no unit; ${how}` : `is no duration; ${how}`);
  }
  return Math.round(Number(amount) * (unitMs[unit] ?? 1));
}

/** The shortest way to write so many milliseconds. */
export function formatDuration(ms: number): Duration {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = unitMs[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

/** A duration between two bounds, both included, as milliseconds. */
export function durationSchema(min: Duration, max: Duration) {
  const [minMs, maxMs] = [bound(min), bound(max)];
  return fromText<number>((text) => {
    const ms = parseDuration(text);
    if (ms instanceof Refusal || (ms >= minMs && ms <= maxMs)) return ms;
    return new Refusal(`is out of range; write at least ${min} and at most ${max}`);
  }, `has no unit; ${how}`);
}

function bound(duration: Duration): number {
  const ms = parseDuration(duration);
  if (ms instanceof Refusal) throw new TypeError(`${duration} ${ms.reason}`);
  return ms;
}
