import { defineSource } from './define-source.js';
import type { SourceDescription } from './source.js';

/**
 * The description of one source: its type's, with what the source's options change. The options are those that the type's
 * schema gave; `undefined` stands for none given. Throws a `TypeError` when the options make no usable description. Do it
 * once per source, not per request.
 */
export function configureSource(description: SourceDescription, options: unknown): SourceDescription {
  if (!description.configure) return description;
  const { headers, ...changes } = description.configure(options ?? description.options?.parse({}));
  const { keep, secret } = description.headers ?? {};
  // Which headers are signatures is worked out anew: the scheme may be another.
  return defineSource({ ...description, ...changes, configure: undefined, headers: { keep, secret, ...headers } });
}
