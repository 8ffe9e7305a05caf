/** The contract suite tests the rest; here are GitHub's own examples of every event, and its own library as the judge. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type { WebhookDefinition } from '@octokit/webhooks-examples';
import { sign, verify as libraryVerifies } from '@octokit/webhooks-methods';
import { signedRequest } from '../../testing/signed-request.js';
import { normalise, verify } from '../interpret.js';
import type { InboundRequest } from '../source.js';
import { github } from './github.js';

const SECRET = "It's a Secret to Everybody";
const now = new Date('2026-11-02T12:00:00Z');
const FORM = 'application/x-www-form-urlencoded';

/** Its main file is JSON, which is read as such: no import of it has the same shape for TypeScript and for Node. */
const examples = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@octokit/webhooks-examples'), 'utf8'),
) as readonly Pick<WebhookDefinition, 'name' | 'examples'>[];

function webhook(event: string, body: string, headers: Record<string, string> = {}): InboundRequest {
  const sent = { 'x-github-event': event, 'x-github-delivery': 'd-1', ...headers };
  return signedRequest(github, { body, secret: SECRET, headers: sent, now });
}
const accepts = (request: InboundRequest) => verify(github, [SECRET], request, { now }).outcome === 'ok';

describe('the id of a delivery', () => {
  const idOf = (headers: Record<string, string>) =>
    normalise(github, webhook('push', '{"ref":"a"}', headers))[0].externalId;

  it('is that of one hook: two hooks may share it for one event, with different bodies', () => {
    expect(idOf({ 'x-github-hook-id': '1' })).toBe('1/d-1');
    expect(idOf({ 'x-github-hook-id': '2' })).toBe('2/d-1');
    expect(idOf({})).toBe('d-1');
    expect(idOf({ 'x-github-hook-id': '1', 'x-github-delivery': '' })).toMatch(/^sha256:/);
  });
});

describe("GitHub's own examples", () => {
  const all = examples.flatMap(({ name, examples: bodies }) =>
    bodies.map((body, index) => ({ name, index, payload: body, action: 'action' in body ? body.action : undefined })),
  );

  it('are all there', () => {
    expect(examples.length).toBeGreaterThanOrEqual(58);
    expect(all.length).toBeGreaterThanOrEqual(320);
  });

  it.each(all.map((example) => [`${example.name} ${example.index}`, example] as const))(
    '%s is accepted and named, as JSON and as a form',
    async (_name, { name, payload, action }) => {
      const json = JSON.stringify(payload);
      const form = `payload=${encodeURIComponent(json)}`;
      for (const request of [webhook(name, json), webhook(name, form, { 'content-type': FORM })]) {
        const body = request.body.toString();
        const headers = { ...request.headers, 'x-hub-signature-256': await sign(SECRET, body) };
        expect(accepts({ ...request, headers })).toBe(true);
        const [event] = normalise(github, request);
        expect(event).toMatchObject({
          externalId: 'd-1',
          type: action ? `${name}.${action}` : name,
          subject: expect.stringMatching(/./),
          // A global advisory is nobody's.
          tenant: name === 'security_advisory' ? undefined : expect.stringMatching(/./),
          bodyFormat: body === json ? 'json' : 'form',
        });
      }
    },
  );

  it('are told apart by what they are about', () => {
    const subjectOf = (name: string) => {
      const example = all.find((candidate) => candidate.name === name);
      return normalise(github, webhook(name, JSON.stringify(example?.payload)))[0].subject;
    };
    expect(subjectOf('issues')).toBe('Codertocat/Hello-World#1');
    expect(subjectOf('issue_comment')).toBe('Codertocat/Hello-World#1');
    expect(subjectOf('pull_request')).toMatch(/^Codertocat\/Hello-World#\d+$/);
    expect(subjectOf('push')).toMatch(/^refs\//);
    expect(subjectOf('check_run')).toMatch(/^\d+$/);
  });
});

describe('github', () => {
  it("signs what GitHub's library accepts", async () => {
    const { headers } = webhook('push', '{"a":"naïve 💥"}');
    expect(await libraryVerifies(SECRET, '{"a":"naïve 💥"}', headers['x-hub-signature-256'] ?? '')).toBe(true);
  });

  it('ignores the signature of SHA-1', () => {
    const { 'x-hub-signature-256': _sha256, ...headers } = webhook('push', '{}', {
      'x-hub-signature': 'sha1=0',
    }).headers;
    expect(verify(github, [SECRET], { ...webhook('push', '{}'), headers }, { now }).outcome).toBe('missing');
  });

  it('stores a form whose payload is no JSON, and one without a payload', () => {
    for (const body of ['payload=%7B', 'payload=1&payload=2', 'a=b', '']) {
      const [event] = normalise(github, webhook('push', body, { 'content-type': FORM }));
      expect(event).toMatchObject({ externalId: 'd-1', type: 'push', bodyFormat: 'form', subject: undefined });
    }
  });

  it('gives an event no type whose header says another than its body can be', () => {
    const typeOf = (event: string, body: object) => normalise(github, webhook(event, JSON.stringify(body)))[0].type;
    expect(typeOf('push', { action: 'opened', issue: { number: 1 } })).toBe('unparsed');
    expect(typeOf('ping', { pusher: { name: 'x' }, ref: 'refs/heads/main' })).toBe('unparsed');
    expect(typeOf('issues', { action: 'opened', issue: { number: 1 } })).toBe('issues.opened');
    // What is not known for certain is believed.
    expect(typeOf('a_new_event', { issue: {} })).toBe('a_new_event');
    expect(typeOf('push', {})).toBe('push');
  });

  it('takes 25 MiB, which GitHub may send and never sends again', () => expect(github.maxBodyBytes).toBe(26_214_400));

  it('says that id and type are not signed', () => expect(github.unsigned).toEqual(['id', 'type']));
});
