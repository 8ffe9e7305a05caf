import type { SourceDescription } from '../sources/source.js';
import { checkAddresses } from './check-addresses.js';
import { checkSigning } from './check-signing.js';
import type { DeclaredDestination, DeclaredRoute, DeclaredSource } from './config.js';
import { declareSources } from './declare-sources.js';
import { destinationSchema } from './destination-schema.js';
import { pathText, plainWords, problemsOf } from './problems-of.js';
import type { ConfigFile } from './read-config-file.js';
import { routeSchema } from './route-schema.js';

/** An entry by itself, or everything that is wrong with it, a line each: where, and what to write. No line holds a value. */
export type Declared<T> = { readonly entry: T } | { readonly problems: readonly string[] };

/** What the rules need to know beside the entry. */
export interface EntryContext {
  readonly catalogue: readonly SourceDescription[];
  /** CIDRs that are open to every destination. */
  readonly allowedNetworks: readonly string[];
  /** `HOOKYARD_PUBLIC_URL`. */
  readonly publicUrl: string | undefined;
}

const MAX_DEPTH = 32;

/** A source that is not written in a file, by the rules of the file. */
export function declareSource(written: unknown, { catalogue, publicUrl }: EntryContext): Declared<DeclaredSource> {
  return declare('sources', written, (file) => {
    const sources = declareSources(file, [written], catalogue, new Map());
    checkSigning(file, { declared: { sources, destinations: [], routes: [] }, catalogue, publicUrl });
    return sources[0] && { ...sources[0], declaredBy: 'api' };
  });
}

/** A destination that is not written in a file, by the rules of the file. */
export function declareDestination(written: unknown, { allowedNetworks }: EntryContext): Declared<DeclaredDestination> {
  return declare('destinations', written, (file) => {
    const parsed = destinationSchema.safeParse(written, { error: plainWords });
    if (!parsed.success) {
      for (const { path, message } of problemsOf(parsed.error))
        file.report({ path: ['destinations', 0, ...path], message });
    }
    checkAddresses(file, allowedNetworks);
    return parsed.data && { ...parsed.data, written };
  });
}

/** A route that is not written in a file, by the rules of the file; whether what it names exists is judged apart. */
export function declareRoute(written: unknown): Declared<DeclaredRoute> {
  return declare('routes', written, (file) => {
    const parsed = routeSchema.safeParse(written, { error: plainWords });
    if (!parsed.success) {
      for (const { path, message } of problemsOf(parsed.error)) file.report({ path: ['routes', 0, ...path], message });
    }
    return parsed.data;
  });
}

function declare<T>(list: string, written: unknown, read: (file: ConfigFile) => T | undefined): Declared<T> {
  const unstorable = storageProblem(written, 0);
  if (unstorable !== undefined) return { problems: [unstorable] };
  const problems: string[] = [];
  const tree = { version: 1, [list]: [written] };
  const entry = read({
    path: undefined,
    tree,
    written: tree,
    report: ({ path, message }) => {
      const at = pathText(path.slice(2));
      problems.push(at === '' ? message : `${at}: ${message}`);
    },
    // What a caller sends may be a secret at the wrong place: nothing of it is repeated.
    isFromOutside: () => true,
    isOneVariable: () => false,
    isUnknown: () => false,
  });
  return entry === undefined || problems.length > 0 ? { problems } : { entry };
}

/** A file's text cannot hold these; JSON can. */
function storageProblem(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') {
    return value.includes('\0') || !value.isWellFormed() ? 'holds a text with a NUL or half a character' : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > MAX_DEPTH) return 'is nested too deeply';
  for (const [key, item] of Object.entries(value)) {
    const problem = storageProblem(key, depth) ?? storageProblem(item, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
