import { Refusal } from './from-text.js';
import { type Path, type Problem, pathKey } from './problems-of.js';

/** Where references get their values from; each answers with the value, nothing, or why there is none. */
export interface ReferenceValues {
  readonly variable: (name: string) => string | undefined | Refusal;
  readonly file: (path: string) => string | Refusal;
}

export interface Interpolated {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Paths (as `pathKey`) that hold a value from outside the file, which therefore may be secret. */
  readonly outside: ReadonlySet<string>;
  /** Paths that are one `${VAR}` and nothing else. */
  readonly oneVariable: ReadonlySet<string>;
  /** Paths with a problem: whatever else is wrong with them follows from it. */
  readonly failed: ReadonlySet<string>;
}

const maxDepth = 32;
const maxNodes = 100_000;
const reference = /\$\$\{|\$\{([^}]*)(\}?)/g;

/**
 * Replaces `${VAR}`, `${VAR:-default}` (also when empty) and `${file:/path}` in text values; `$${` is a literal `${`. It
 * works on the parsed tree, so that no value can add YAML of its own. Values are not looked at again. Never throws.
 */
export function interpolate(tree: unknown, values: ReferenceValues): Interpolated {
  const problems: Problem[] = [];
  const [outside, oneVariable, failed] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let nodes = 0;

  function walk(node: unknown, path: Path): unknown {
    if (typeof node === 'string') return node.includes('${') ? replace(node, path) : node;
    if (typeof node !== 'object' || node === null) return node;
    nodes += 1;
    if (path.length > maxDepth || nodes > maxNodes) return fail(path.slice(0, 2), 'is nested too deeply or too large');
    if (Array.isArray(node)) return node.map((item, index) => walk(item, [...path, index]));
    if (Object.getPrototypeOf(node) !== Object.prototype) return fail(path, 'uses a YAML tag (!!…); take it out');
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => {
        if (key === '__proto__') fail(path, 'has a key that is not allowed: __proto__');
        return [key, walk(value, [...path, key])];
      }),
    );
  }

  function replace(text: string, path: Path): string {
    return text.replace(reference, (match, body: string | undefined, end: string | undefined) => {
      if (body === undefined) return '${';
      const value = end === '}' ? resolve(body, values) : new Refusal(unclosed);
      if (value instanceof Refusal) {
        fail(path, value.reason);
        return '';
      }
      outside.add(pathKey(path));
      if (match === text && !body.startsWith('file:')) oneVariable.add(pathKey(path));
      return value;
    });
  }

  function fail(path: Path, message: string): undefined {
    problems.push({ path, message });
    failed.add(pathKey(path));
    return undefined;
  }

  return { value: walk(tree, []), problems, outside, oneVariable, failed };
}

const unclosed = 'has "${" without "}"; write "$${" for a literal "${"';

function resolve(body: string, { variable, file }: ReferenceValues): string | Refusal {
  if (body.startsWith('file:')) {
    const content = file(body.slice('file:'.length));
    return content instanceof Refusal ? new Refusal(`names a file with \${file:…} that ${content.reason}`) : content;
  }
  const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(body) ?? [];
  if (name === undefined) {
    return new Refusal('has a reference that is not understood; write "${VAR}", "${VAR:-default}" or "${file:/path}"');
  }
  if (fallback?.includes('${'))
    return new Refusal('has a reference inside the default of another, which is not supported');
  const value = variable(name);
  // Somebody may have put the secret itself between the braces; only what looks like a variable's name is repeated.
  const shown = /^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? name : 'VAR';
  if (value instanceof Refusal) return new Refusal(`needs \${${shown}}, whose file (${shown}_FILE) ${value.reason}`);
  if (value === undefined || (value === '' && fallback !== undefined)) {
    return fallback ?? new Refusal(notSet(name === shown ? `the variable ${name}` : 'a variable', shown));
  }
  return value;
}

function notSet(what: string, shown: string): string {
  return `needs ${what}, which is not set; set it, or write "\${${shown}:-default}"`;
}
