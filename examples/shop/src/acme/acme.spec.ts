import { describe, it } from 'node:test';
import { describeSource, readFixtures } from 'hookyard/testing';
import { acme } from './acme.js';

// The contract of every source type: genuine requests pass, forgeries do not, and events are named as the fixtures say.
describeSource(acme, readFixtures(new URL('../../fixtures/acme/', import.meta.url)), { describe, it });
