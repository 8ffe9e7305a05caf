/** Over the whole catalogue: what a sender's next webhook would look like. */
import { describe, expect, it } from '@jest/globals';
import { builtInSources } from '../../sources/catalog.js';
import { normalise, verify } from '../../sources/interpret.js';
import { fixtureBody, fixtureDescription } from '../../testing/fixture.js';
import { exampleSigningKey } from '../../testing/signed-request.js';
import { sign, type Draft, type Signing } from './draft.js';
import { fixturesOf } from './fixtures-of.js';
import { freshen } from './freshen.js';

const now = new Date('2027-01-05T08:00:01.234Z');
const signing = (id: string, secret: string): Signing => ({ secret, now, id });

const all = builtInSources.flatMap((type) =>
  fixturesOf(type.type, '/nowhere').map(({ file, fixture }) => ({
    name: `${type.type} ${file}`,
    fixture,
    description: fixtureDescription(type, fixture),
  })),
);

describe('a fixture made fresh', () => {
  it('exists for every type', () => {
    expect(new Set(all.map(({ description }) => description.type)).size).toBe(builtInSources.length);
  });

  it.each(all.map((entry) => [entry.name, entry] as const))(
    '%s is another event each time, genuine and of the same type',
    (_name, { fixture, description }) => {
      const { scheme, type } = description;
      const secret = fixture.secret ?? exampleSigningKey(description);
      const verifier = fixture.secret ?? scheme.exampleSecret(type);
      const draft: Draft = {
        headers: { 'content-type': 'application/json', ...fixture.headers },
        body: fixtureBody(fixture).toString(),
        url: fixture.url ?? `https://hooks.example.com/webhooks/${type}`,
      };
      const requests = ['a', 'b', 'c'].map((id) => {
        const fresh = signing(`msg_${id}`, secret);
        return sign(description, freshen(description, draft, fresh), fresh);
      });
      for (const request of requests) expect(verify(description, [verifier], request, { now }).outcome).toBe('ok');
      const events = requests.map((request) => normalise(description, request));
      for (const [event] of events) expect(event.type).toBe(fixture.expected.type);
      const hasNoId = /ping/i.test(fixture.name) && type === 'discord';
      if (!hasNoId)
        expect(new Set(events.flatMap((of) => of.map(({ externalId }) => externalId))).size).toBe(
          3 * events[0]!.length,
        );
      if (description.unsigned?.includes('id'))
        expect(new Set(requests.map(({ body }) => body.toString())).size).toBe(3);
    },
  );
});
