import { z } from 'zod';
import { didYouMean } from './nearest.js';
import { problemsOf, type Path, type Problem } from './problems-of.js';

/**
 * What is wrong with the options of a source, by the schema of its type. That schema is the type's own, so it may refuse an
 * unknown key without naming those that it knows; here they are named.
 */
export function optionProblems(error: z.ZodError, schema: z.ZodType): Problem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return problemsOf(new z.ZodError([issue]));
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: `is not an option here.${didYouMean(key, known)}${known.length > 0 ? ` Known: ${known.join(', ')}` : ''}`,
    }));
  });
}

function knownKeys(schema: z.ZodType, path: Path): string[] {
  let at: unknown = bare(schema);
  for (const key of path)
    at = at instanceof z.ZodObject ? bare((at.shape as Record<PropertyKey, unknown>)[key]) : undefined;
  return at instanceof z.ZodObject ? Object.keys(at.shape as object) : [];
}

/** Without what makes a schema optional, gives it a default or turns it into something else. */
function bare(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return bare(schema.unwrap());
  return schema instanceof z.ZodPipe ? bare(schema.in) : schema;
}
