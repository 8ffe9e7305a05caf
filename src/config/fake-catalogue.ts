import { z } from 'zod';
import type { Scheme } from '../sources/schemes/scheme.js';
import type { SourceDescription } from '../sources/source.js';

/** Source types for tests of the configuration: the questions it asks, without any cryptography. */
export const fakeCatalogue: readonly SourceDescription[] = [
  fakeSource('stripe'),
  fakeSource('shopify'),
  fakeSource('standard-webhooks', {
    scheme: fakeScheme({ secretProblem: (secret) => (secret.startsWith('whsec_') ? undefined : 'it lacks "whsec_"') }),
  }),
  // Breaks the promise that the message holds no secret.
  fakeSource('careless', { scheme: fakeScheme({ secretProblem: (secret) => `${secret} is wrong` }) }),
  fakeSource('unsigned', { scheme: fakeScheme({ needsSecret: false }) }),
  fakeSource('choosy', {
    options: z.strictObject({
      region: z
        .string()
        .refine((region) => region !== 'moon', { error: ({ input }) => `${String(input)} is no region` })
        .default('eu'),
    }),
  }),
];

function fakeSource(type: string, parts: Partial<SourceDescription> = {}): SourceDescription {
  return {
    type,
    docs: 'https://example.com/docs',
    scheme: fakeScheme({}),
    externalId: () => undefined,
    eventType: () => undefined,
    ...parts,
  };
}

function fakeScheme(parts: Partial<Pick<Scheme, 'needsSecret' | 'secretProblem'>>): Scheme {
  const scheme = {
    name: 'fake',
    headers: [],
    needsSecret: true,
    secretProblem: () => undefined,
    sign: () => ({}),
    ...parts,
  };
  // Only the factories of src/sources/schemes/ make a real one; the configuration asks nothing that is missing here.
  return scheme as unknown as Scheme;
}
