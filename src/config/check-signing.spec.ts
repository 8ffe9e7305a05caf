import { describe, expect, it } from '@jest/globals';
import { builtInSources, findSourceType } from '../sources/catalog.js';
import { problemsWith } from './try-config.js';

const typeOf = (name: string) => {
  const type = findSourceType(builtInSources, name);
  if (!type) throw new Error(`no ${name}`);
  return type;
};
const secretOf = (name: string) => typeOf(name).scheme.exampleSecret(name);
const keyOf = (name: string) => typeOf(name).scheme.signingKey?.example(name) ?? secretOf(name);
const env = { HOOKYARD_API_KEY: 'k'.repeat(32), HOOKYARD_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64') };
const problems = (yaml: string, more: Record<string, string> = {}) =>
  problemsWith({ env: { ...env, ...more }, yaml: `version: 1\n${yaml}`, catalogue: builtInSources });
const source = (type: string, more = '') =>
  `sources:\n  - { slug: mine, type: ${type}, secrets: ["${secretOf(type)}"]${more} }\n`;

describe('a source whose sender signs the URL', () => {
  it.each(['twilio', 'square', 'hubspot'])('does not start without its public URL (%s)', (type) => {
    expect(problems(source(type))).toEqual([expect.stringMatching(/sources\[0\].*HOOKYARD_PUBLIC_URL.*options\.url/)]);
    expect(problems(source(type), { HOOKYARD_PUBLIC_URL: 'https://hooks.example.com' })).toEqual([]);
    expect(problems(source(type, ', options: { url: "https://a.example/x" }'))).toEqual([]);
  });

  it('does not either when a variable declares it', () => {
    const [problem, ...others] = problems('sources:\n', { TWILIO_WEBHOOK_SECRET: 'a-secret-of-twilio' });
    expect([problem, others]).toEqual([expect.stringContaining('TWILIO_WEBHOOK_SECRET'), []]);
  });

  it('does where a generic one signs no URL', () => {
    expect(problems(source('generic'))).toEqual([]);
    const signing = ', options: { signature: { text: "{url}|{body}" } }';
    expect(problems(source('generic', signing))).toEqual([expect.stringContaining('HOOKYARD_PUBLIC_URL')]);
  });
});

describe('resignWith', () => {
  const routed = (type: string, resignWith: string, more = '', route = 'sourceType: TYPE') =>
    problems(`${source(type)}destinations:
  - { name: out, url: "https://out.example/", payload: raw, resignWith: "${resignWith}"${more} }
routes:
  - { ${route.replace('TYPE', type)}, to: out }
`);

  it.each(['discord', 'sendgrid', 'adyen', 'standard-webhooks', 'stripe', 'github'])('may be a key of %s', (type) => {
    expect(routed(type, keyOf(type))).toEqual([]);
    expect(routed(type, keyOf(type), '', 'source: mine')).toEqual([]);
  });

  it.each([
    ['discord', 'a text secret', 'PKCS'],
    ['sendgrid', secretOf('sendgrid'), 'PKCS'],
    ['adyen', 'not-hex-at-all', 'hex'],
    ['standard-webhooks', 'whsec_!!', ''],
  ])('may not be what %s cannot sign with, and is not shown', (type, resignWith, reason) => {
    const [problem = '', ...others] = routed(type, resignWith);
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`destinations\\[0\\]\\.resignWith.*source mine \\(${type}\\).*${reason}`));
    expect(problem).not.toContain(resignWith);
  });

  it('is judged by the sources that are routed there only', () => {
    expect(routed('discord', 'a text secret', '', 'sourceType: stripe')).toEqual([]);
  });

  it('may not write the header that signingSecrets write', () => {
    const signing = `, signingSecrets: ["whsec_${Buffer.alloc(32, 1).toString('base64')}"]`;
    expect(routed('standard-webhooks', keyOf('standard-webhooks'), signing)).toEqual([
      expect.stringContaining('webhook-signature'),
    ]);
    expect(routed('stripe', 'whsec_x', signing)).toEqual([]);
  });
});

describe('an option that is none', () => {
  it.each([
    ['twilio', '{ ulr: "https://a.example/x", url: "https://a.example/x" }', 'Did you mean "url"', 'url'],
    ['meta', '{ verifytoken: abcdefgh }', 'Did you mean "verifyToken"', 'verifyToken'],
    ['generic', '{ signature: { headr: x-sig } }', 'Did you mean "header"', 'algorithm'],
    ['generic', '{ sbject: { pointer: /x } }', 'Did you mean "subject"', 'occurredAt'],
  ])('of %s names the nearest, and those there are', (type, options, meant, known) => {
    const [problem = '', ...others] = problems(source(type, `, options: ${options}`), {
      HOOKYARD_PUBLIC_URL: 'https://hooks.example.com',
    });
    expect(others).toEqual([]);
    expect(problem).toContain(meant);
    expect(problem).toMatch(new RegExp(`Known: .*${known}`));
  });
});
