import { configureSource } from '../sources/configure-source.js';
import { field, textOf } from '../sources/field.js';
import type { SourceDescription } from '../sources/source.js';
import type { DeclaredConfiguration, DeclaredSource } from './config.js';
import type { ConfigFile } from './read-config-file.js';
import { entriesOf, fieldOf } from './tree.js';
import { webhookSecretVariable, withoutSecrets } from './webhook-secrets.js';

/** What sources and destinations need of each other, and of the environment, to verify and to sign. */
export interface SigningContext {
  readonly declared: Pick<DeclaredConfiguration, 'sources' | 'destinations' | 'routes'>;
  readonly catalogue: readonly SourceDescription[];
  /** `HOOKYARD_PUBLIC_URL`. */
  readonly publicUrl: string | undefined;
}

/**
 * Reports sources that could never verify anything, because their sender signs a URL that nobody has named; and `resignWith`
 * that cannot sign for a source which is routed there. Both would else show as refused webhooks and dead deliveries.
 */
export function checkSigning(file: ConfigFile, { declared, catalogue, publicUrl }: SigningContext): void {
  const described = new Map<DeclaredSource, SourceDescription>();
  for (const source of declared.sources) {
    const type = catalogue.find((candidate) => candidate.type === source.type);
    if (type) described.set(source, configureSource(type, source.options));
  }
  const indexOf = (list: 'sources' | 'destinations', key: string, name: string): number =>
    entriesOf(file.tree, list).findIndex((entry) => fieldOf(entry, key) === name);

  for (const [source, { scheme }] of described) {
    if (!scheme.signsUrl || publicUrl !== undefined || textOf(field(source.options, 'url')) !== undefined) continue;
    const index = indexOf('sources', 'slug', source.slug);
    const message = `needs its public URL, which ${source.type} signs: set HOOKYARD_PUBLIC_URL to where senders reach Hookyard, or options.url`;
    if (index >= 0) file.report({ path: ['sources', index], message });
    else
      file.report({ path: [], message: `the source that ${webhookSecretVariable(source.type)} declares ${message}` });
  }

  for (const destination of declared.destinations) {
    const secret = destination.resignWith;
    if (secret === undefined) continue;
    const path = ['destinations', indexOf('destinations', 'name', destination.name), 'resignWith'] as const;
    for (const [source, description] of described) {
      const routed = declared.routes.some(
        (route) => route.to === destination.name && (route.source === source.slug || route.sourceType === source.type),
      );
      const problem = routed ? resignProblem(description, secret, destination) : undefined;
      if (problem !== undefined)
        file.report({
          path,
          message: `cannot sign for source ${source.slug} (${source.type}): ${problem}`,
        });
    }
  }
}

/** Why `secret` cannot sign again what comes from such a source, if it cannot; without the secret. */
export function resignProblem(
  description: SourceDescription,
  secret: string,
  destination: { readonly signingSecrets: readonly unknown[] },
): string | undefined {
  const problem = problemOf(description, secret, destination);
  return problem === undefined ? undefined : withoutSecrets(problem, [secret]);
}

function problemOf(
  { scheme }: SourceDescription,
  secret: string,
  { signingSecrets }: { readonly signingSecrets: readonly unknown[] },
): string | undefined {
  const problem = (scheme.signingKey?.problem ?? scheme.secretProblem)(secret);
  if (problem !== undefined) return problem;
  try {
    const signed = scheme.sign(Buffer.from('{}'), {
      secret,
      now: new Date(0),
      url: 'https://hooks.example.com/',
      id: 'a',
    });
    return 'webhook-signature' in signed && signingSecrets.length > 0
      ? 'it writes webhook-signature, and so do signingSecrets; take one of them out'
      : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'the scheme refuses it';
  }
}
