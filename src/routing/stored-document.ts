import type { FilterDocument } from '../filters/filter.js';
import { findSourceType } from '../sources/catalog.js';
import { parseBody } from '../sources/parse-body.js';
import type { SourceDescription } from '../sources/source.js';

/** A stored event, as far as filters see it. */
export interface StoredEventFacts extends Omit<FilterDocument, 'data'> {
  readonly contentType: string | undefined;
}

/** What filters saw of a stored event when it came in, from its row and its exact bytes: the same parser, the same answer. */
export function storedDocument(
  { contentType, ...facts }: StoredEventFacts,
  body: Buffer,
  catalogue: readonly SourceDescription[],
): FilterDocument {
  const { formField } = findSourceType(catalogue, facts.sourceType) ?? {};
  return { ...facts, data: parseBody(contentType, body, formField).payload };
}
