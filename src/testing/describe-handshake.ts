import assert from 'node:assert/strict';
import { answerGet, answerPost, answerUnsigned } from '../sources/handshake.js';
import { verify } from '../sources/interpret.js';
import type { Reply } from '../sources/reply.js';
import type { InboundRequest, SourceDescription } from '../sources/source.js';
import type { HandshakeFixture, SourceFixture } from './fixture.js';
import { fixtureBody, fixtureDescription, fixtureRequest } from './fixture.js';
import { hostileBodies } from './hostile-input.js';
import { signedRequest } from './signed-request.js';
import type { TestFrame } from './test-frame.js';
import { CONTRACT_TIME } from './test-frame.js';

/** The part of the contract about which handshakes there are: each has a fixture, and no event is taken for one. */
export function describeHandshakes(
  description: SourceDescription,
  events: readonly SourceFixture[],
  handshakes: readonly HandshakeFixture[],
  { it }: TestFrame,
): void {
  const sources = [description, ...handshakes.map((fixture) => fixtureDescription(description, fixture))];
  const kinds = { GET: 'get', POST: 'post', unsigned: 'unsigned' } as const;
  for (const [kind, name] of Object.entries(kinds)) {
    if (!sources.some(({ challenge }) => challenge?.[name])) continue;
    it(`has a fixture of its handshake with ${kind}`, () =>
      assert.ok(handshakes.some((handshake) => handshake.kind === kind)));
  }

  it('takes no event for a handshake', () => {
    for (const fixture of events) {
      const source = fixtureDescription(description, fixture);
      assert.equal(answerPost(source, fixtureRequest(source, fixture, CONTRACT_TIME)), undefined, fixture.name);
    }
  });
}

/** The part of the contract about one handshake: answered as the fixture says, and only when it is genuine. */
export function describeHandshake(description: SourceDescription, fixture: HandshakeFixture, { it }: TestFrame): void {
  const source = fixtureDescription(description, fixture);
  const { kind, url = '', headers = {}, answer } = fixture;
  const signed = signedRequest(source, { body: fixtureBody(fixture), headers, now: CONTRACT_TIME });
  const lower = Object.entries({ 'content-type': 'application/json', ...headers });
  const bare: InboundRequest = {
    ...signed,
    body: fixtureBody(fixture),
    headers: Object.fromEntries(lower.map(([name, value]) => [name.toLowerCase(), value])),
  };
  const secrets = [source.scheme.exampleSecret(source.type)];
  const answerTo = (request: InboundRequest): Reply | undefined => {
    const verdict = verify(source, secrets, request, { now: CONTRACT_TIME });
    return verdict.outcome === 'ok' ? answerPost(source, request) : answerUnsigned(source, request, verdict);
  };
  const given = { GET: () => answerGet(source, url), POST: () => answerTo(signed), unsigned: () => answerTo(bare) };

  it('is answered as the fixture says', () => {
    const { status, body } = given[kind]() ?? {};
    assert.deepEqual({ status, body }, { status: answer.status, body: answer.body });
  });

  if (kind === 'GET') {
    const [path = '', query = ''] = url.split('?', 2);
    const params = [...new URLSearchParams(query)];
    const asked = (changed: [string, string][]) =>
      answerGet(source, `${path}?${new URLSearchParams(changed).toString()}`);

    it('is not answered when a parameter is missing, repeated or another', () => {
      for (const [name, value] of params) {
        const others = params.filter(([other]) => other !== name);
        assert.equal(asked(others), undefined, `without ${name}`);
        assert.equal(asked([...others, [name, value], [name, value]]), undefined, `${name} twice`);
        // Only what is to be echoed may be another, and then it is what comes back.
        const other = asked([...others, [name, 'another']]);
        assert.ok(other === undefined || other.body === 'another', `another ${name}`);
      }
    });
  } else {
    it('is answered only when it is genuine, and whatever else comes throws nothing', () => {
      if (kind === 'POST') assert.equal(answerTo(bare), undefined, 'unsigned');
      for (const name of source.scheme.headers) {
        assert.equal(answerTo({ ...bare, headers: { ...bare.headers, [name]: 'garbage' } }), undefined, name);
      }
      for (const body of hostileBodies) answerTo({ ...bare, body });
    });
  }
}
