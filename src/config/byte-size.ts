import { Refusal, fromText } from './from-text.js';

const unitBytes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1_000,
  mb: 1_000_000,
  kib: 1_024,
  mib: 1_048_576,
};
const how = 'write a number with its unit: "512KiB" or "10MiB"';

/** Bytes of `512KiB`, `10MiB`, `5MB`, `900B` (case does not matter), or why it is no size. Never throws. */
export function parseByteSize(text: string): number | Refusal {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?) ?(b|kb|mb|kib|mib)$/.exec(text.trim().toLowerCase()) ?? [];
  if (amount === undefined || unit === undefined) {
    return new Refusal(/^\d+(\.\d+)?$/.test(text.trim()) ? `has no unit; ${how}` : `is no size; ${how}`);
  }
  return Math.round(Number(amount) * (unitBytes[unit] ?? 1));
}

/** A size between two bounds in bytes, both included; the bounds are whole KiB or MiB. */
export function byteSizeSchema(minKiB: number, maxMiB: number) {
  return fromText<number>((text) => {
    const bytes = parseByteSize(text);
    if (bytes instanceof Refusal || (bytes >= minKiB * 1_024 && bytes <= maxMiB * 1_048_576)) return bytes;
    return new Refusal(`is out of range; write at least ${minKiB}KiB and at most ${maxMiB}MiB`);
  }, `has no unit; ${how}`);
}
