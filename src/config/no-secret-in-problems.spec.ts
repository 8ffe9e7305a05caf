import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { fakeCatalogue } from './fake-catalogue.js';
import { problemsWith } from './try-config.js';
import { type Variable, variables } from './variables.js';
import { webhookSecretVariable } from './webhook-secrets.js';

const canary = 'Canary7';

/** The canary alone and inside whatever might get a value past one check and into the next. */
const tainted = fc
  .tuple(
    fc.constantFrom(
      '',
      'postgres://u:',
      'https://u:',
      'whsec_',
      '1',
      '123456789:',
      '${',
      '$${',
      ',',
      ' ',
      '\0',
      '@',
      '{',
    ),
    fc.constantFrom('', '@h/d', '%', '\n', ',', ' x', '=', ':-}', '}', '/8', 's', '/s', 'MiB', '"', '{', 'é'),
  )
  .map(([before, after]) => `${before}${canary}${after}`);

const names = [
  ...Object.values<Variable>(variables).flatMap(({ name }) => [name, `${name}_FILE`]),
  ...fakeCatalogue.map(({ type }) => webhookSecretVariable(type)),
  ...fakeCatalogue.map(({ type }) => `${webhookSecretVariable(type)}_FILE`),
  'HOOKYARD_UNKNOWN',
  'SECRET',
];

const leaf = fc.oneof(
  tainted,
  fc.constant('${SECRET}'),
  fc.constant('x${SECRET:-y}'),
  fc.constant('${file:secret}'),
  fc.constantFrom('a', '1s', '*', 'stripe', 'careless', 'choosy', 'raw', 'https://a.example', '', null, true, 0, 7),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  { depthSize: 'small', maxDepth: 3 },
  { weight: 4, arbitrary: leaf },
  { weight: 1, arbitrary: fc.array(fc.letrec(() => ({ leaf })).leaf, { maxLength: 3 }) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom('schedule', 'exponential', 'base', 'attempts', 'failures', 'rate', 'region', 'X-A', 'host'),
      leaf,
      { maxKeys: 3 },
    ),
  },
);
const entry = (keys: readonly string[]) => fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: keys.length });
const file = fc.record({
  version: fc.constantFrom<unknown>(1, 2, '${SECRET}'),
  sources: fc.array(entry(['slug', 'type', 'secrets', 'toleranceSeconds', 'maxBodySize', 'limits', 'options', 'x']), {
    maxLength: 2,
  }),
  destinations: fc.array(
    entry([
      'name',
      'url',
      'payload',
      'signingSecrets',
      'resignWith',
      'headers',
      'allowPrivateNetwork',
      'timeout',
      'retry',
      'breaker',
      'limits',
      'tls',
    ]),
    { maxLength: 2 },
  ),
  routes: fc.array(entry(['source', 'sourceType', 'types', 'to', 'filter']), { maxLength: 2 }),
});

const problemsThatTell = (problems: readonly string[]) => problems.filter((problem) => problem.includes(canary));

describe('a problem never tells a secret', () => {
  it('from any variable, whatever it holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), tainted, { maxKeys: 8 }), (env) => {
        expect(problemsThatTell(problemsWith({ env }))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('from any value of the file, written there or from a variable or another file', () => {
    fc.assert(
      fc.property(file, (content) => {
        const yaml = stringify(content);
        const env = { SECRET: `${canary}-from-variable` };
        const problems = problemsWith({ yaml, env, files: { secret: `${canary}-from-file` } });
        expect(problemsThatTell(problems)).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it('from names that are well-formed but come from a variable', () => {
    const yaml = `version: 1
sources: [{ slug: "\${SECRET}", type: unsigned }, { slug: "\${SECRET}", type: "\${SECRET}" }]
destinations: [{ name: "\${SECRET}", url: "https://a.example" }, { name: "\${SECRET}", url: "https://\${SECRET}:x" }]
routes: [{ source: nope, to: nope }, { sourceType: "\${SECRET}", to: "\${SECRET}x" }]`;
    const problems = problemsWith({ yaml, env: { SECRET: 'canary0' } });
    expect(problems.length).toBeGreaterThanOrEqual(6);
    expect(problems.filter((problem) => problem.includes('canary0'))).toEqual([]);
  });

  it('from a file that is broken in its middle', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 90 }),
        fc.constantFrom('"', '\t', '*', '{', ': ', '\n- ', '!', '&', '%'),
        (at, junk) => {
          const text = `version: 1\nsources:\n  - slug: a\n    secrets: [${canary}, "${canary}x"]\n    ${canary}: ${canary}\n`;
          const yaml = text.slice(0, at) + junk + text.slice(at);
          const problems = problemsWith({ yaml });
          expect(problemsThatTell(problems)).toEqual([]);
        },
      ),
    );
  });
});
