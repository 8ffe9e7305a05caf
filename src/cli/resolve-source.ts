import type { DeclaredSecret, DeclaredSource } from '../config/config.js';
import { loadSources } from '../config/load-sources.js';
import { didYouMean } from '../config/nearest.js';
import { webhookSecretVariable } from '../config/webhook-secrets.js';
import { findSourceType, type Catalogue } from '../sources/catalog.js';
import { configureSource } from '../sources/configure-source.js';
import type { SourceDescription } from '../sources/source.js';
import { CommandFailure, EXIT } from './command-failure.js';
import { loadCatalogue } from './load-catalogue.js';

/** How a command is told which source is meant. */
export interface SourceFlags {
  /** A slug of the configuration, or a type's name. */
  readonly source: string;
  /** With `secret`: the configuration is not needed. */
  readonly type?: string;
  readonly secret?: string;
  /** The configuration file. */
  readonly config?: string;
  /** A module that exports the application's own source types. */
  readonly load?: string;
}

/** One source as the router knows it. */
export interface ResolvedSource {
  readonly slug: string;
  /** With the source's options applied. */
  readonly description: SourceDescription;
  readonly options: unknown;
  /** Those of the configuration, or the given one instead; ended ones too. */
  readonly secrets: readonly DeclaredSecret[];
  readonly toleranceSeconds: number | undefined;
  /** `HOOKYARD_PUBLIC_URL`, where the configuration was read. */
  readonly publicUrl: string | undefined;
  /** Where the router listens, as far as the configuration tells. */
  readonly port: number;
  /** The other sources of the configuration. */
  readonly others: readonly DeclaredSource[];
  readonly catalogue: Catalogue;
}

const DEFAULT_PORT = 3000;

/**
 * Finds a source by its slug in hookyard.yaml and the environment; or, given type and secret, without either.
 * @throws CommandFailure when there is no such source; StartupError when the configuration is wrong.
 */
export async function resolveSource(flags: SourceFlags, cwd: string): Promise<ResolvedSource> {
  const catalogue = await loadCatalogue(flags.load, cwd);
  const { source: slug, secret } = flags;
  if (flags.type !== undefined && secret !== undefined) {
    const description = typeNamed(catalogue, flags.type);
    const bare = {
      slug,
      type: flags.type,
      secrets: [{ value: secret }],
      options: description.options?.safeParse({}).data,
    };
    return { ...resolved(bare, description), publicUrl: undefined, port: DEFAULT_PORT, others: [], catalogue };
  }
  const env = flags.config === undefined ? process.env : { ...process.env, HOOKYARD_CONFIG: flags.config };
  const { sources, publicUrl, port } = loadSources({ env, cwd, catalogue });
  const declared = sources.find((candidate) => candidate.slug === slug) ?? undeclared(flags, catalogue, sources);
  const described = typeNamed(catalogue, flags.type ?? declared.type);
  const secrets = secret === undefined ? declared.secrets : [{ value: secret }];
  const others = sources.filter((other) => other.slug !== declared.slug);
  return { ...resolved({ ...declared, secrets }, described), publicUrl, port, others, catalogue };
}

function resolved(
  { slug, secrets, options, toleranceSeconds }: DeclaredSource,
  type: SourceDescription,
): Pick<ResolvedSource, 'slug' | 'description' | 'options' | 'secrets' | 'toleranceSeconds'> {
  const description = configureSource(type, options);
  const problem = secrets.map(({ value }) => usableProblem(description, value)).find((found) => found !== undefined);
  if (problem !== undefined)
    throw new CommandFailure(EXIT.usage, `${description.type} cannot use this secret: ${problem}`);
  return { slug, description, options, secrets, toleranceSeconds };
}

/** Of a key pair either half may be given: the private one signs. */
function usableProblem({ scheme }: SourceDescription, secret: string): string | undefined {
  const problem = scheme.secretProblem(secret);
  return problem !== undefined && scheme.signingKey?.problem(secret) === undefined && scheme.signingKey
    ? undefined
    : problem;
}

/** A type's name will do where a secret is given with it. */
function undeclared(
  { source, secret, load }: SourceFlags,
  catalogue: Catalogue,
  sources: readonly DeclaredSource[],
): DeclaredSource {
  const type = findSourceType(catalogue, source);
  if (type && (secret !== undefined || !type.scheme.needsSecret)) {
    return { slug: source, type: source, secrets: [], options: type.options?.safeParse({}).data };
  }
  const slugs = sources.map(({ slug }) => slug);
  const known = slugs.length === 0 ? 'No source is configured.' : `Configured: ${slugs.join(', ')}.`;
  throw new CommandFailure(
    EXIT.notFound,
    `The configuration has no source "${source}".${didYouMean(source, slugs)} ${known}`,
    type
      ? `Set ${webhookSecretVariable(type.type)}, name the file with --config, or give --secret.`
      : `Name the file with --config, or give --type and --secret${load === undefined ? ', and --load <module> for a type of your own' : ''}.`,
  );
}

function typeNamed(catalogue: Catalogue, name: string): SourceDescription {
  const type = findSourceType(catalogue, name);
  if (type) return type;
  const types = catalogue.map(({ type: known }) => known);
  throw new CommandFailure(
    EXIT.notFound,
    `No source type is called "${name}".${didYouMean(name, types)} Known: ${types.join(', ')}.`,
    'A type of your own: --load <the module that exports it>.',
  );
}
