import type { SourceDescription } from '../sources/source.js';

/** The source types this process knows: ours and the application's. A class so that Nest can inject it. */
export class SourceCatalogue {
  constructor(readonly descriptions: readonly SourceDescription[]) {}
}
