import { CommandFailure, EXIT } from '../command-failure.js';
import type { ResolvedSource } from '../resolve-source.js';

/** What signs, and what verifies that: of key pairs not the same. */
export interface SigningSecret {
  readonly secret: string;
  readonly verifiers: readonly string[];
}

/**
 * The secret that signs for a source: its first that has not ended; of types with key pairs the private key that was given as the secret, or the
 * example's, where the source is configured with the example's public key.
 * @throws CommandFailure when only the sender can sign.
 */
export function signingSecret({ slug, description, secrets: all }: ResolvedSource, now: Date): SigningSecret {
  const { scheme, type } = description;
  const secrets = all.filter(({ notAfter }) => notAfter === undefined || notAfter > now).map(({ value }) => value);
  const [secret] = secrets;
  if (!scheme.needsSecret) return { secret: '', verifiers: [] };
  if (secret === undefined)
    throw new CommandFailure(EXIT.usage, `The source ${slug} has no secret that is still good.`, 'Give --secret.');
  const { signingKey } = scheme;
  if (!signingKey) return { secret, verifiers: secrets };
  if (signingKey.problem(secret) === undefined) return { secret, verifiers: [] };
  const example = scheme.exampleSecret(type);
  if (secrets.includes(example)) return { secret: signingKey.example(type), verifiers: [example] };
  throw new CommandFailure(
    EXIT.usage,
    `${type} has a key pair: ${slug} is configured with a public key, and only the sender has the private one.`,
    `Give the private key of a pair of your own with --secret (base64 of PKCS #8), or configure, for trying out only, the public key ${example}`,
  );
}
