import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { DestinationTls } from './config.js';
import { Refusal, fromText } from './from-text.js';
import { strictObject, unlessWrong } from './strict-object.js';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const how = 'write the PEM text itself, or "${file:/path/to/file.pem}"';

/** Certificates of a PEM text, in its order. Throws when one of them is none. */
export function certificatesOf(pem: string): X509Certificate[] {
  return (pem.match(PEM_CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
}

const certificates = fromText<string>((text) => {
  try {
    if (certificatesOf(text).length > 0) return text;
  } catch {
    return new Refusal('holds a certificate that cannot be read: it is damaged or cut off');
  }
  return new Refusal(`holds no PEM certificate (-----BEGIN CERTIFICATE-----); ${how}`);
});

/**
 * How a destination's TLS differs from the usual: `ca` instead of the public authorities, `cert` and `key` of the client,
 * `serverName` instead of the URL's host. Whatever could only fail at the first delivery is refused here.
 */
export const tlsSchema = strictObject({
  ca: certificates.optional(),
  cert: certificates.optional(),
  key: fromText<string>((text) =>
    text.includes('PRIVATE KEY-----') ? text : new Refusal(`holds no PEM private key; ${how}`),
  ).optional(),
  passphrase: z.string().optional(),
  serverName: fromText<string>((text) =>
    /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text) && !/^[\d.]+$/.test(text)
      ? text.toLowerCase()
      : new Refusal('must be a host name, without scheme and port'),
  ).optional(),
})
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    message: 'needs cert and key together, or neither of them',
    when: unlessWrong('cert', 'key'),
  })
  .refine(({ key, passphrase }) => passphrase === undefined || key !== undefined, {
    message: 'is of no use without key; take it out',
    path: ['passphrase'],
    when: unlessWrong('key', 'passphrase'),
  })
  .superRefine((tls, context) => {
    const problem = keyProblem(tls);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, path: ['key'] });
  });

/** Says nothing of what OpenSSL says: its words could hold a part of what was written. */
function keyProblem({ cert, key, passphrase }: DestinationTls): string | undefined {
  if (key === undefined) return undefined;
  if (passphrase === undefined && /ENCRYPTED/.test(key)) return 'is encrypted; write its passphrase beside it';
  let parsed;
  try {
    parsed = createPrivateKey({ key, passphrase });
  } catch {
    return passphrase === undefined
      ? 'is a private key that cannot be read: it is damaged or cut off'
      : 'cannot be read with this passphrase, or it is damaged';
  }
  const [own] = cert === undefined ? [] : certificatesOf(cert);
  return own && !own.checkPrivateKey(parsed)
    ? 'does not belong to the first certificate of cert; the client certificate comes first there'
    : undefined;
}
