import { activeSecrets, type PreviousSecret, type SourceSecret } from '../routing/source-secret.js';
import type { Source, Topology } from '../routing/topology.js';
import type { KnownSecret, Suspects } from '../sources/diagnose.js';

/** What may be shown of a secret that matched. */
export interface SecretName {
  readonly fingerprint: string;
  readonly label: string | undefined;
}

/** What a request refused by `source` is compared with: its own secrets of now and before, and those of the other sources. */
export function suspectsOf(source: Source, { sources }: Topology, now: Date): Suspects<SecretName> {
  const active = activeSecrets(source.secrets, now);
  return {
    description: source.description,
    secrets: active.map(known),
    expired: source.secrets.filter((secret) => !active.includes(secret)).map(known),
    previous: source.previousSecrets.map(known),
    others: [...sources.values()]
      .filter((other) => other.id !== source.id)
      .map((other) => ({
        slug: other.slug,
        description: other.description,
        secrets: activeSecrets(other.secrets, now).map(known),
      })),
  };
}

function known({ value, fingerprint, label }: SourceSecret | PreviousSecret): KnownSecret<SecretName> {
  return { value, name: { fingerprint, label } };
}
