import { z } from 'zod';
import { didYouMean } from './nearest.js';

/**
 * An object that refuses keys it does not know. Its one `unrecognized_keys` issue holds a line per key, in the issue's
 * order (see `problemsOf`), because Zod reports all of an object's unknown keys together.
 */
export function strictObject<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownKey(key, known)).join('\n') : undefined,
  });
}

/**
 * The `when` of a check across keys: unless the object itself or one of these keys is wrong already. Without it Zod skips
 * such checks as soon as anything in the object is wrong, and the problem would only show at the next start.
 */
export function unlessWrong(...keys: readonly string[]) {
  return ({ issues }: z.core.ParsePayload): boolean =>
    !issues.some(({ code, path = [] }) =>
      path.length === 0 ? code !== 'unrecognized_keys' : keys.some((key) => key === path[0]),
    );
}

function unknownKey(key: string, known: readonly string[]): string {
  return `is not a key here.${didYouMean(key, known)} Known: ${known.join(', ')}`;
}
