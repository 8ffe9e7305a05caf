import { z } from 'zod';

/** A whole number between two bounds, both included; also as text, because `${VAR}` always gives text. */
export function wholeNumber(min: number, max: number) {
  return numberSchema(min, max, 'a whole number', /^-?\d{1,15}$/);
}

/** A number between two bounds, both included; also as text. */
export function decimalNumber(min: number, max: number) {
  return numberSchema(min, max, 'a number', /^-?\d{1,9}(\.\d{1,9})?$/);
}

/** `true` or `false`; also as text. */
export const flag = z.custom<boolean>().transform((value: unknown, context): boolean => {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  context.addIssue({ code: 'custom', message: 'must be true or false' });
  return z.NEVER;
});

function numberSchema(min: number, max: number, kind: string, pattern: RegExp) {
  return z.custom<number>().transform((value: unknown, context): number => {
    const text = typeof value === 'number' ? String(value) : value;
    const number = typeof text === 'string' && pattern.test(text.trim()) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    const message = value === undefined ? 'is missing' : `must be ${kind} from ${min} to ${max}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}
