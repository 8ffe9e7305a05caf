import { z } from 'zod';
import type { DeclaredSecret } from './config.js';
import { Refusal, fromText } from './from-text.js';
import { plainWords } from './problems-of.js';
import { secretSchema } from './secret-schema.js';

const commandForSecret = 'make one with: echo "whsec_$(openssl rand -base64 32)"';
const valuesSchema = fromText<string[]>(parseSigningSecrets);

const oneSchema = z.custom<unknown>().transform((input: unknown, context): DeclaredSecret[] => {
  const isLong = typeof input === 'object' && input !== null;
  const long = isLong ? secretSchema.safeParse(input, { error: plainWords }) : undefined;
  const values =
    long?.success === false ? undefined : valuesSchema.safeParse(long?.data.value ?? input, { error: plainWords });
  if (values?.success) {
    const { value: _value, ...rest } = long?.data ?? { value: '' };
    return values.data.map((value) => ({ value, ...rest }));
  }
  for (const issue of long?.error?.issues ?? []) context.issues.push({ ...issue, input: undefined });
  for (const { message } of values?.error?.issues ?? []) {
    context.addIssue({ code: 'custom', message, path: isLong ? ['value'] : [] });
  }
  return z.NEVER;
});

/**
 * Standard Webhooks secrets of a destination, each a text or `{ value, label, notAfter }`; one text may hold several. At
 * least one has no end: a day on which deliveries silently went out unsigned would be found out by their receiver only.
 */
export const signingSecretsSchema = z
  .array(oneSchema)
  .transform((lists) => lists.flat())
  .refine((secrets) => secrets.length === 0 || secrets.some(({ notAfter }) => notAfter === undefined), {
    message: 'all have an end (notAfter), so that one day nothing would be signed; leave one without',
  })
  .refine((secrets) => new Set(secrets.map(({ value }) => value)).size === secrets.length, {
    message: 'holds the same secret twice',
  });

/** One variable may hold several secrets; base64 has no comma, so splitting is always right here. */
function parseSigningSecrets(text: string): string[] | Refusal {
  const secrets = text.split(',').map((secret) => secret.trim());
  return secrets.every(isSigningSecret)
    ? secrets
    : new Refusal(`must be "whsec_" and the base64 of 24 to 64 bytes; ${commandForSecret}`);
}

function isSigningSecret(secret: string): boolean {
  if (!secret.startsWith('whsec_')) return false;
  const base64 = secret.slice('whsec_'.length);
  const bytes = Buffer.from(base64, 'base64');
  // Decoding is lenient, and receivers' libraries are not: what is used must be what they read.
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === base64;
}
