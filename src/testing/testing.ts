/** The public entry `hookyard/testing`: genuine requests of any sender, and the contract suite for source types. */
export { describeSource } from './describe-source.js';
export {
  fixtureBody,
  fixtureDescription,
  fixtureRequest,
  fixtureSecret,
  readFixtures,
  readHandshakes,
} from './fixture.js';
export type { ExpectedEvent, HandshakeFixture, SourceFixture } from './fixture.js';
export { signedRequest } from './signed-request.js';
export type { SignedRequestOptions } from './signed-request.js';
export type { TestFrame } from './test-frame.js';
