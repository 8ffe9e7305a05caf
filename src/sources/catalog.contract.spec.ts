/** Every source type that comes with Hookyard keeps the same contract; one without a fixture fails here. */
import { describe, it } from '@jest/globals';
import { describeSource } from '../testing/describe-source.js';
import { readFixtures, readHandshakes } from '../testing/fixture.js';
import { builtInSources } from './catalog.js';

for (const description of builtInSources) {
  const fixtures = readFixtures(new URL(`./${description.type}/fixtures/`, import.meta.url));
  const handshakes = readHandshakes(new URL(`./${description.type}/handshakes/`, import.meta.url));
  describeSource(description, fixtures, { describe, it }, handshakes);
}
