import { z } from 'zod';
import { configureSource } from '../sources/configure-source.js';
import type { SourceDescription } from '../sources/source.js';
import type { DeclaredSecret, DeclaredSource } from './config.js';
import { listOf } from './from-text.js';
import { didYouMean } from './nearest.js';
import { optionProblems } from './option-problems.js';
import { type Path, plainWords, problemsOf } from './problems-of.js';
import type { ConfigFile } from './read-config-file.js';
import { secretSchema } from './secret-schema.js';
import { sourceSchema } from './source-schema.js';
import { entriesOf, fieldOf } from './tree.js';
import { webhookSecretVariable, withoutSecrets } from './webhook-secrets.js';

type ReadSource = z.output<typeof sourceSchema>;

/**
 * The sources of the file, then one for each `<TYPE>_WEBHOOK_SECRET` whose slug the file does not declare. All problems are
 * reported; what had one is left out or incomplete.
 */
export function declareSources(
  file: ConfigFile,
  entries: readonly unknown[],
  catalogue: readonly SourceDescription[],
  secretsByType: ReadonlyMap<string, readonly string[]>,
): DeclaredSource[] {
  const fromFile = entries.map((entry, index) => declareSource(file, entry, index, catalogue));
  const slugs = new Set(entries.map((entry) => fieldOf(entry, 'slug')));
  const fromVariables = [...secretsByType]
    .filter(([type]) => !slugs.has(type))
    .map(([type, secrets]): DeclaredSource => ({
      declaredBy: 'environment',
      written: { slug: type, type, secrets: [`\${${webhookSecretVariable(type)}}`] },
      slug: type,
      type,
      secrets: secrets.map((value) => ({ value })),
      options: defaultOptions(type, catalogue),
    }));
  return [...fromFile.filter((source) => source !== undefined), ...fromVariables];
}

function declareSource(
  file: ConfigFile,
  entry: unknown,
  index: number,
  catalogue: readonly SourceDescription[],
): DeclaredSource | undefined {
  const at = ['sources', index];
  const parsed = sourceSchema.safeParse(entry, { error: plainWords });
  if (!parsed.success) {
    for (const { path, message } of problemsOf(parsed.error)) file.report({ path: [...at, ...path], message });
  }
  // The rules of the type are checked on the entry as it stands, so that a wrong slug does not hide a wrong secret.
  const type = fieldOf(entry, 'type');
  if (typeof type !== 'string') return undefined;
  const description = catalogue.find((candidate) => candidate.type === type);
  if (description === undefined) {
    const types = catalogue.map((candidate) => candidate.type);
    const message = `no source type has this name.${didYouMean(type, types)} Known: ${types.join(', ')}`;
    file.report({ path: [...at, 'type'], message });
    return undefined;
  }
  const options = checkOptions(file, entry, index, description);
  // The options may decide what a secret looks like; without usable ones it is the type's own scheme that judges.
  const configured = options === undefined ? description : configureSource(description, options);
  const secrets = checkSecrets(file, entry, index, configured);
  if (fieldOf(entry, 'verification') === 'shadow' && !configured.scheme.needsSecret) {
    const message = `cannot be "shadow": nothing is verified in a source of type ${type}`;
    file.report({ path: [...at, 'verification'], message });
  }
  const written = entriesOf(file.written, 'sources')[index];
  return parsed.success ? asDeclared(parsed.data, secrets, options, written) : undefined;
}

function checkSecrets(
  file: ConfigFile,
  entry: unknown,
  index: number,
  description: SourceDescription,
): DeclaredSecret[] {
  const { type, scheme } = description;
  const given = fieldOf(entry, 'secrets') ?? [];
  if (!Array.isArray(given)) return [];
  if (given.length === 0 && scheme.needsSecret) {
    const message = `is missing; a source of type ${type} needs one, for example secrets: ["\${${webhookSecretVariable(type)}}"]`;
    file.report({ path: ['sources', index, 'secrets'], message });
  }
  return given.flatMap((item: unknown, position) => {
    const path = ['sources', index, 'secrets', position];
    const isLong = typeof item === 'object' && item !== null;
    const parsed = (isLong ? secretSchema : z.string()).safeParse(item, { error: plainWords });
    if (!parsed.success) {
      for (const problem of problemsOf(parsed.error)) file.report({ ...problem, path: [...path, ...problem.path] });
      return [];
    }
    const { value, ...rest } = typeof parsed.data === 'string' ? { value: parsed.data } : parsed.data;
    const values = checkValues(file, isLong ? [...path, 'value'] : path, value, description);
    return values.map((secret) => ({ value: secret, ...rest }));
  });
}

/** One text may hold several secrets, which then share their label and their end. */
function checkValues(file: ConfigFile, path: Path, text: string, description: SourceDescription): string[] {
  // A literal may hold a comma; a variable separates secrets with it, as <TYPE>_WEBHOOK_SECRET does.
  const secrets = file.isOneVariable(path) && text.trim() !== '' ? listOf(text) : [text];
  const problems = new Set(secrets.map((secret) => secretProblem(secret, description)));
  for (const message of problems) if (message !== undefined) file.report({ path, message });
  return secrets;
}

function secretProblem(secret: string, { type, scheme }: SourceDescription): string | undefined {
  if (secret.trim() === '') return 'is empty; write the secret as the provider shows it, or "${VAR}"';
  if (secret.trim() !== secret)
    return 'starts or ends with white space, which is surely not a part of it; take that out';
  const reason = scheme.secretProblem(secret);
  return reason === undefined ? undefined : `cannot be used by ${type}: ${withoutSecrets(reason, [secret])}`;
}

function checkOptions(file: ConfigFile, entry: unknown, index: number, { type, options }: SourceDescription): unknown {
  const given = fieldOf(entry, 'options');
  const path = ['sources', index, 'options'];
  if (options === undefined) {
    if (given !== undefined) file.report({ path, message: `a source of type ${type} has no options; take them out` });
    return undefined;
  }
  const parsed = options.safeParse(given ?? {}, { error: plainWords });
  if (parsed.success) return parsed.data;
  // The schema belongs to the type, whose messages may repeat what was written.
  const written = textsIn(given);
  for (const problem of optionProblems(parsed.error, options)) {
    file.report({ path: [...path, ...problem.path], message: withoutSecrets(problem.message, written) });
  }
  return undefined;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'string' && value !== '' ? [value] : [];
}

function defaultOptions(type: string, catalogue: readonly SourceDescription[]): unknown {
  return catalogue.find((description) => description.type === type)?.options?.safeParse({}).data;
}

function asDeclared(
  source: ReadSource,
  secrets: readonly DeclaredSecret[],
  options: unknown,
  written: unknown,
): DeclaredSource {
  const { slug, type, toleranceSeconds, maxBodySize, limits, suspectedReplays, verification } = source;
  return {
    declaredBy: 'file',
    written,
    slug,
    type,
    secrets,
    toleranceSeconds,
    maxBodyBytes: maxBodySize,
    limits,
    suspectedReplays,
    verification,
    options,
  };
}
