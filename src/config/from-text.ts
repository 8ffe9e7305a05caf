import { z } from 'zod';

/** Why a text is not accepted and what to write instead. The reason never repeats the text: it may be a secret. */
export class Refusal {
  constructor(readonly reason: string) {}
}

/** A schema for one text, read by a plain function. `bareNumber` answers a number, which YAML reads as no text. */
export function fromText<T>(read: (text: string) => T | Refusal, bareNumber?: string) {
  return z
    .string({ error: ({ input }) => (typeof input === 'number' ? bareNumber : undefined) })
    .transform((text, context): T => {
      const value = read(text);
      if (!(value instanceof Refusal)) return value;
      context.addIssue({ code: 'custom', message: value.reason });
      return z.NEVER;
    });
}

/** `"a", "b" or "c"`, for messages that list what may be written. */
export function oneOf(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

/** What a list with commas holds, without surrounding space and empty parts. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
