import { randomInt, randomUUID } from 'node:crypto';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What says whose id it is, `evt_` or `CA`, and what tells it from others. */
const PARTS = /^(.*[_\-.:/]|[A-Za-z]{1,3}(?=\d))?(.*)$/s;
const DIGITS = '0123456789';
const HEX_DIGITS = '0123456789abcdef';
const MIN_DIGITS = 9;
const MIN_RANDOM = 8;

/**
 * A random id that looks like this one: a UUID for a UUID, digits for digits, and of `evt_1Qx…` another `evt_…`. Long enough
 * never to meet an earlier one.
 */
export function freshText(id: string): string {
  if (UUID.test(id)) return id === id.toUpperCase() ? randomUUID().toUpperCase() : randomUUID();
  const [, prefix = '', own = ''] = PARTS.exec(id) ?? [];
  return prefix + freshPart(own);
}

function freshPart(own: string): string {
  if (/^\d+$/.test(own)) {
    // The first digit stays, so that 64-bit ids stay in their range.
    const keepsFirst = own.length >= MIN_DIGITS && !own.startsWith('0');
    const first = keepsFirst ? own.charAt(0) : String(randomInt(1, 10));
    return first + randomOf(DIGITS, Math.max(own.length, MIN_DIGITS) - 1);
  }
  if (/^[0-9a-f]{16,}$/.test(own)) return randomOf(HEX_DIGITS, own.length);
  const varied = own.replace(/[A-Za-z0-9]/g, likewise);
  const missing = MIN_RANDOM - varied.replace(/[^A-Za-z0-9]/g, '').length;
  return varied + (missing > 0 ? randomOf(HEX_DIGITS, missing + 4) : '');
}

function likewise(character: string): string {
  if (/\d/.test(character)) return randomOf(DIGITS, 1);
  return randomOf(/[a-z]/.test(character) ? 'abcdefghijklmnopqrstuvwxyz' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 1);
}

function randomOf(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
