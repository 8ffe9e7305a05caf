import { describe, expect, it } from '@jest/globals';
import { notAfterSchema, secretSchema } from './secret-schema.js';
import { tryConfig } from './try-config.js';

describe('the end of a secret', () => {
  it.each([
    ['2027-01-31', '2027-01-31T23:59:59.999Z'],
    ['2027-01-31T12:00:00Z', '2027-01-31T12:00:00.000Z'],
    ['2027-01-31T12:00+02:00', '2027-01-31T10:00:00.000Z'],
  ])('reads %s; a day counts whole', (text, instant) => {
    expect(notAfterSchema.parse(text).toISOString()).toBe(instant);
  });

  it.each(['2027-02-30', '2027-01-31T12:00:00', '31.01.2027', 'soon', '', '2027-13-01'])('refuses %j', (text) => {
    expect(notAfterSchema.safeParse(text).success).toBe(false);
  });
});

describe('a secret', () => {
  it('has a label that can be shown anywhere', () => {
    expect(secretSchema.safeParse({ value: 'x', label: 'until March' }).success).toBe(true);
    expect(secretSchema.safeParse({ value: 'x', label: 'a\nb' }).success).toBe(false);
  });

  it('may be one of several in a variable; they share label and end', () => {
    const yaml =
      'version: 1\nsources: [{ slug: a, type: stripe, secrets: [{ value: "${S}", label: old, notAfter: "2027-01-31" }, plain] }]';
    const old = { label: 'old', notAfter: new Date('2027-01-31T23:59:59.999Z') };
    expect(tryConfig({ yaml, env: { S: 'one,two' } }).declared.sources[0]?.secrets).toEqual([
      { value: 'one', ...old },
      { value: 'two', ...old },
      { value: 'plain' },
    ]);
  });
});
