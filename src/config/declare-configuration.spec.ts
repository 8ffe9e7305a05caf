import { describe, expect, it } from '@jest/globals';
import { builtInSources } from '../sources/catalog.js';
import { problemsWith, tryConfig } from './try-config.js';

const env = { SECRET: 'one', SECRETS: 'new, old', SLUG: 'from-variable', SIGNING: `whsec_${'A'.repeat(32)}` };
const problems = (yaml: string, files = {}) => problemsWith({ env, yaml: `version: 1\n${yaml}`, files });
const declared = (yaml: string, files = {}) => tryConfig({ env, yaml: `version: 1\n${yaml}`, files }).declared;

describe('hookyard.yaml as a whole', () => {
  it.each([
    ['an empty file', '', 'must be a block of keys, not empty'],
    ['a list', '- a', 'must be a block of keys, not a list'],
    ['no version', 'sources: []', 'version: must be the number 1: write "version: 1" at the top'],
    ['another version', 'version: 2', 'version: must be the number 1: write "version: 1" at the top (line 1)'],
    ['an unknown key', 'version: 1\nsorces: []', 'sorces: is not a key here. Did you mean "sources"?'],
    ['no list', 'version: 1\nroutes: { a: 1 }', 'routes: must be a list, not a block of keys (line 2)'],
    ['no block', 'version: 1\nroutes: [x]', 'routes[0]: must be a block of keys, not text'],
    ['bad YAML', 'version: 1\nroutes: [', 'is indented wrongly (line it up with its neighbours), or a bracket'],
    ['bytes that are no text', Buffer.from([0xff, 0xff]), 'is not UTF-8 text'],
  ])('refuses %s', (_, yaml, problem) => {
    expect(problemsWith({ yaml })).toEqual([expect.stringContaining(`hookyard.yaml: ${problem}`)]);
  });

  it('may have lists with nothing in them', () => {
    expect(declared('sources:\ndestinations: []\n')).toMatchObject({ sources: [], destinations: [], routes: [] });
  });

  it('is the file that HOOKYARD_CONFIG names, which must then be there', () => {
    const named = { env: { HOOKYARD_CONFIG: 'etc/prod.yaml' }, files: { 'etc/prod.yaml': 'version: 1' } };
    expect(tryConfig(named).declared.file).toMatch(/etc.prod\.yaml$/);
    expect(problemsWith({ ...named, files: { 'etc/prod.yaml': 'version: 3' } })).toEqual([
      expect.stringMatching(/^prod\.yaml: version: /),
    ]);
    expect(problemsWith({ ...named, files: {} })).toEqual([
      expect.stringContaining('HOOKYARD_CONFIG: the file that it names does not exist'),
    ]);
    expect(problemsWith({ env: { HOOKYARD_CONFIG: 'etc' }, files: named.files })).toEqual([
      expect.stringContaining('HOOKYARD_CONFIG: the file that it names cannot be read (EISDIR)'),
    ]);
  });

  it('does not repeat what follows from a reference that failed', () => {
    const yaml = `sources: [{ slug: "\${NOPE}", type: stripe, secrets: ["\${NOPE}"] }]
destinations: [{ name: a, url: "\${NOPE}" }]
routes: [{ source: what-nope-holds, to: a }]`;
    const failed = 'needs the variable NOPE, which is not set; set it, or write "${NOPE:-default}"';
    expect(problems(yaml)).toEqual([
      `hookyard.yaml: sources[0].slug: ${failed} (line 2)`,
      `hookyard.yaml: sources[0].secrets[0]: ${failed} (line 2)`,
      `hookyard.yaml: destinations[0].url: ${failed} (line 3)`,
    ]);
  });

  it('reports what is wrong in every entry and with the environment at once', () => {
    const yaml = `version: 1
sources: [{ slug: A, type: stripe, secrets: [""] }, { slug: b, type: strip }]
destinations: [{ name: x, url: x, timeout: 1 }, { url: "https://x.example" }]
routes: [{ source: z, to: x, filter: {} }]`;
    expect(problemsWith({ yaml, env: { PORT: 'x' } })).toHaveLength(9);
  });
});

describe('a source in the file', () => {
  it('has a slug, a type, secrets and values that differ from the type', () => {
    const yaml = `sources:
  - { slug: shop-1, type: choosy, secrets: ["a, literal", "\${SECRETS}", "\${SECRET}", "\${file:s/x}"],
      toleranceSeconds: 60, maxBodySize: 10MiB, options: { region: us } }
  - { slug: "\${SLUG}", type: unsigned }`;
    expect(declared(yaml, { 's/x': 'in,file\n' }).sources).toMatchObject([
      {
        slug: 'shop-1',
        type: 'choosy',
        secrets: ['a, literal', 'new', 'old', 'one', 'in,file'].map((value) => ({ value })),
        toleranceSeconds: 60,
        maxBodyBytes: 10_485_760,
        options: { region: 'us' },
      },
      { slug: 'from-variable', type: 'unsigned', secrets: [] },
    ]);
  });

  it('has limits where it says so; without a burst, of a second', () => {
    const one = (limits: string) =>
      declared(`sources: [{ slug: a, type: unsigned${limits && `, limits: ${limits}`} }]`).sources[0]?.limits;
    expect(one('')).toBeUndefined();
    expect(one('{ rate: 50/s, burst: 200 }')).toEqual({ ratePerSecond: 50, burst: 200 });
    expect(one('{ rate: 50/s }')).toEqual({ ratePerSecond: 50, burst: 50 });
    expect(one('{ rate: 90/m, burst: "7" }')).toEqual({ ratePerSecond: 1.5, burst: 7 });
    expect(one('{ rate: 90/m }')).toEqual({ ratePerSecond: 1.5, burst: 2 });
    expect(one('{ rate: 1/h }')).toEqual({ ratePerSecond: 1 / 3_600, burst: 1 });
  });

  it('has the default options of its type', () => {
    expect(declared('sources: [{ slug: a, type: choosy, secrets: [x] }]').sources[0]?.options).toEqual({
      region: 'eu',
    });
  });

  it.each([
    ['{ slug: Shop, type: stripe, secrets: [x] }', 'slug: must be 1 to 63 lower-case letters'],
    ['{ slug: -a, type: stripe, secrets: [x] }', 'slug: must be 1 to 63 lower-case letters'],
    [`{ slug: ${'a'.repeat(64)}, type: stripe, secrets: [x] }`, 'slug: must be 1 to 63 lower-case letters'],
    ['{ slug: 1, type: stripe, secrets: [x] }', 'slug: must be text, not a number; put it in quotes'],
    ['{ type: stripe, secrets: [x] }', 'slug: is missing'],
    ['{ slug: a, secrets: [x] }', 'type: is missing'],
    [
      '{ slug: a, type: strip, secrets: [x] }',
      'type: no source type has this name. Did you mean "stripe"? Known: stripe, shopify, ',
    ],
    ['{ slug: a, type: stripe, secrets: [] }', 'secrets: is missing; a source of type stripe needs one'],
    ['{ slug: a, type: stripe, secrets: x }', 'secrets: must be a list, not text'],
    ['{ slug: a, type: stripe, secrets: [1] }', 'secrets[0]: must be text, not a number; put it in quotes'],
    ['{ slug: a, type: stripe, secrets: [x, ""] }', 'secrets[1]: is empty'],
    ['{ slug: a, type: stripe, secrets: [{ value: " " }] }', 'secrets[0].value: is empty'],
    ['{ slug: a, type: stripe, secrets: [{ label: old }] }', 'secrets[0].value: is missing'],
    ['{ slug: a, type: stripe, secrets: [{ value: x, until: y }] }', 'secrets[0].until: is not a key here'],
    ['{ slug: a, type: stripe, secrets: [{ value: x, label: "" }] }', 'secrets[0].label: must be 1 to 64'],
    ['{ slug: a, type: stripe, secrets: [{ value: x, notAfter: soon }] }', 'secrets[0].notAfter: must be a day or'],
    [
      '{ slug: a, type: stripe, secrets: [{ value: x, notAfter: "2027-02-30" }] }',
      'secrets[0].notAfter: must be a day',
    ],
    ['{ slug: a, type: stripe, secrets: [" "] }', 'secrets[0]: is empty'],
    ['{ slug: a, type: stripe, secrets: ["x "] }', 'secrets[0]: starts or ends with white space'],
    ['{ slug: a, type: standard-webhooks, secrets: [x] }', 'secrets[0]: cannot be used by standard-webhooks: it lacks'],
    ['{ slug: a, type: careless, secrets: [hush] }', 'secrets[0]: cannot be used by careless: it has the wrong form'],
    ['{ slug: a, type: stripe, secrets: [x], secret: y }', 'secret: is not a key here. Did you mean "secrets"?'],
    ['{ slug: a, type: stripe, secrets: [x], toleranceSeconds: 0 }', 'toleranceSeconds: must be a whole number from 1'],
    ['{ slug: a, type: stripe, secrets: [x], maxBodySize: 10 }', 'maxBodySize: has no unit'],
    ['{ slug: a, type: unsigned, limits: 50/s }', 'limits: must be a block of keys, not text'],
    ['{ slug: a, type: unsigned, limits: {} }', 'limits.rate: is missing'],
    ['{ slug: a, type: unsigned, limits: { rate: 50 } }', 'limits.rate: has no unit'],
    ['{ slug: a, type: unsigned, limits: { rate: 0/s } }', 'limits.rate: would let nothing through'],
    ['{ slug: a, type: unsigned, limits: { rate: often } }', 'limits.rate: is no rate'],
    ['{ slug: a, type: unsigned, limits: { burst: 5 } }', 'limits.rate: is missing'],
    [
      '{ slug: a, type: unsigned, limits: { rate: 1/s, burst: 0 } }',
      'limits.burst: must be a whole number from 1 to 1000000',
    ],
    [
      '{ slug: a, type: unsigned, limits: { rat: 1/s, rate: 1/s } }',
      'limits.rat: is not a key here. Did you mean "rate"?',
    ],
    ['{ slug: a, type: unsigned, verification: shadow }', 'verification: cannot be "shadow": nothing is verified'],
    ['{ slug: a, type: stripe, verification: shadow }', 'secrets: is missing'],
    ['{ slug: a, type: stripe, secrets: [x], verification: off }', 'verification: must be "enforce" or "shadow"'],
    ['{ slug: a, type: stripe, secrets: [x], suspectedReplays: no }', 'suspectedReplays: must be "auto", "hold" or'],
    ['{ slug: a, type: stripe, secrets: [x], options: {} }', 'options: a source of type stripe has no options'],
    [
      '{ slug: a, type: choosy, secrets: [x], options: { regio: x } }',
      'options.regio: is not an option here. Did you mean "region"? Known: region',
    ],
    ['{ slug: a, type: choosy, secrets: [x], options: { region: 1 } }', 'options.region: must be text, not a number'],
    ['{ slug: a, type: choosy, secrets: [x], options: { region: moon } }', 'options.region: it has the wrong form'],
  ])('refuses %s', (source, problem) => {
    expect(problems(`sources: [${source}]`)).toEqual([expect.stringContaining(`hookyard.yaml: sources[0].${problem}`)]);
  });

  it('has a slug of its own', () => {
    const yaml = 'sources:\n  - { slug: a, type: unsigned }\n  - { slug: a, type: unsigned }';
    expect(problems(yaml)).toEqual([
      'hookyard.yaml: sources[1].slug: is taken by sources[0] already; every slug must be unique (line 4)',
    ]);
  });
});

describe('a route in the file', () => {
  const around = `sources: [{ slug: shop, type: unsigned }, { slug: "\${SLUG}", type: unsigned }]
destinations: [{ name: billing, url: "https://a.example" }, { name: orders, url: "https://b.example", timeout: 1s }]
`;

  it('names a source or a source type, patterns and a destination', () => {
    const yaml = `${around}routes:
  - { source: shop, types: ["invoice.*", x], to: billing }
  - { sourceType: stripe, to: orders }
  - { source: from-variable, to: orders }`;
    expect(declared(yaml).routes).toEqual([
      { source: 'shop', sourceType: undefined, types: ['invoice.*', 'x'], to: 'billing' },
      { source: undefined, sourceType: 'stripe', types: ['*'], to: 'orders' },
      { source: 'from-variable', sourceType: undefined, types: ['*'], to: 'orders' },
    ]);
  });

  it.each([
    ['{ source: shpo, to: billing }', '.source: no source has this slug. Did you mean "shop"? There are: shop (line'],
    ['{ sourceType: strip, to: billing }', '.sourceType: no source type has this name. Did you mean "stripe"?'],
    [
      '{ source: shop, to: biling }',
      '.to: no destination has this name (handlers in code bring their own routes and are not named here). Did you mean "billing"? There are: billing, orders',
    ],
    ['{ source: shop, to: my-handler }', '.to: no destination has this name (handlers in code bring their own routes'],
    ['{ source: shop, sourceType: stripe, to: billing }', ': needs exactly one of source (a slug) and sourceType'],
    ['{ to: billing }', ': needs exactly one of source (a slug) and sourceType'],
    ['{ source: shop }', '.to: is missing'],
    ['{ source: shop, to: billing, types: [] }', '.types: is empty'],
    ['{ source: shop, to: billing, types: x }', '.types: must be a list, not text'],
    ['{ source: shop, to: billing, types: [" "] }', '.types[0]: is empty'],
    ['{ source: shop, to: billing, type: [x] }', '.type: is not a key here. Did you mean "types"?'],
    ['{ source: shop, to: billing, filter: { a: 1 } }', '.filter: a: starts with no field of an event'],
    [
      '{ source: shop, to: billing, filter: { data.a: { $where: "return 1" } } }',
      '.filter: data.a.$where: is not an operator',
    ],
    [
      '{ source: shop, to: billing, filter: { data.id: 704912205188288575 } }',
      '.filter: data.id: is an integer too large',
    ],
    ['{ source: shop, to: billing, ordered: true }', '.ordered: must be "subject"'],
    ['{ source: shop, to: billing, ordered: tenant }', '.ordered: must be "subject"'],
    ['{ source: shop, to: billing, latestOnly: newest }', '.latestOnly: '],
  ])('refuses %s', (route, problem) => {
    expect(problems(`${around}routes: [${route}]`)).toEqual([
      expect.stringContaining(`hookyard.yaml: routes[0]${problem}`),
    ]);
  });

  it('may name a destination that has a problem of its own, without another', () => {
    const yaml = 'destinations: [{ name: x, url: nope }]\nroutes: [{ sourceType: stripe, to: x }]';
    expect(problems(yaml)).toEqual([expect.stringContaining('destinations[0].url: is no URL')]);
  });

  it('says so when there is nothing to name', () => {
    expect(problems('routes: [{ source: a, to: b }]')).toEqual([
      expect.stringContaining('no source has this slug. There are none'),
      expect.stringContaining('There are none'),
    ]);
  });
});

describe('a source whose options decide how it is signed', () => {
  const withKey = (key: string) =>
    `version: 1\nsources: [{ slug: acme, type: generic, secrets: [c2hvcnQ], options: { signature: { key: ${key} } } }]`;

  it('has its secrets judged by what the options say', () => {
    expect(tryConfig({ catalogue: builtInSources, yaml: withKey('text') }).declared.sources).toHaveLength(1);
    expect(problemsWith({ catalogue: builtInSources, yaml: withKey('base64') })).toEqual([
      expect.stringContaining('the secret must be base64 of at least 16 bytes'),
    ]);
  });

  it('has its problems named where they stand', () => {
    expect(problemsWith({ catalogue: builtInSources, yaml: withKey('rot13') })).toEqual([
      expect.stringContaining('sources[0].options.signature.key'),
    ]);
  });
});
