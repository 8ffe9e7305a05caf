import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { envExample } from './env-example.js';
import { type Variable, variables } from './variables.js';

const table: readonly Variable[] = Object.values(variables);

describe('.env.example', () => {
  it('is what the table of variables says', () => {
    expect(readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')).toBe(envExample());
  });

  it('sets nothing, so that a copy starts as it is', () => {
    const active = envExample()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(active).toEqual([]);
  });

  it('fits into 120 columns', () => {
    expect(
      envExample()
        .split('\n')
        .filter((line) => line.length > 120),
    ).toEqual([]);
  });
});

describe('the table of variables', () => {
  it.each(table.map((variable) => [variable.name, variable] as const))(
    '%s shows only what it accepts',
    (_, variable) => {
      for (const text of [variable.fallback, variable.sample]) {
        if (text !== undefined) expect(variable.schema.safeParse(text).success).toBe(true);
      }
    },
  );

  it('has no secret with a default', () => {
    expect(table.filter(({ secret, fallback }) => secret && fallback !== undefined)).toEqual([]);
  });
});
