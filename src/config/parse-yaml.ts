import { LineCounter, type Node, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Document, ErrorCode } from 'yaml';
import type { Path } from './problems-of.js';

export interface ParsedYaml {
  /** Plain lists, objects and scalars. Aliases are shared, so a walk over it needs a bound. */
  readonly value: unknown;
  /** Line (from 1) of the deepest part of the path that exists. */
  readonly lineOf: (path: Path) => number | undefined;
}

export interface YamlProblem {
  readonly line: number | undefined;
  /** In our own words: those of the parser quote the text, which may be a secret. */
  readonly message: string;
}

/** YAML 1.2, one document, text keys only; or every problem of its syntax. Never throws. */
export function parseYaml(text: string): ParsedYaml | readonly YamlProblem[] {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      version: '1.2',
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      logLevel: 'error',
    });
    const found = [...document.errors, ...document.warnings].map((error) => ({
      line: lines.linePos(error.pos[0]).line,
      message: reasons[error.code] ?? 'is not valid YAML',
    }));
    if (found.length > 0) return onePerLine(found);
    if (document.directives.yaml.version === '1.1') {
      return [{ line: 1, message: 'is read as YAML 1.2 only; take out the %YAML directive' }];
    }
    const missing = aliasesOfNothing(document);
    if (missing.length > 0) {
      return onePerLine(missing.map((offset) => ({ line: lines.linePos(offset).line, message: badAlias })));
    }
    return {
      value: document.toJS({ maxAliasCount: 100 }),
      lineOf: (path) => lineOf(document, lines, path),
    };
  } catch {
    // toJS throws on aliases that multiply; a parser error that we do not know yet must not crash the start either.
    return [
      { line: undefined, message: 'cannot be read: aliases (*name) repeat too much, or it is nested too deeply' },
    ];
  }
}

/** Offsets of aliases without an anchor before them: `[*.created]` is one to YAML. toJS would throw without a place. */
function aliasesOfNothing(document: Document): number[] {
  const anchors = new Set<string>();
  const offsets: number[] = [];
  visit(document, (_, node) => {
    if (isAlias(node)) {
      if (!anchors.has(node.source)) offsets.push(node.range?.[0] ?? 0);
    } else if (isNode(node) && node.anchor !== undefined) anchors.add(node.anchor);
  });
  return offsets;
}

function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  let node: unknown = document.contents;
  let line: number | undefined;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    let start: Node['range'] | undefined;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      start = isScalar(pair?.key) ? pair.key.range : undefined;
      node = pair?.value;
    } else if (isSeq(node) && typeof part === 'number') {
      const item = node.items[part];
      start = isNode(item) ? item.range : undefined;
      node = item;
    }
    if (!start) break;
    line = lines.linePos(start[0]).line;
  }
  return line;
}

/** One slip often makes a handful of errors on its line; the first is the one that helps. */
function onePerLine(problems: readonly YamlProblem[]): readonly YamlProblem[] {
  const first = new Map<number | undefined, YamlProblem>();
  for (const problem of problems) if (!first.has(problem.line)) first.set(problem.line, problem);
  return [...first.values()].slice(0, 20);
}

const badAlias =
  'starts a value with *, which YAML reads as an alias of something that is not there; put it in quotes: "*"';
const indentation =
  'is indented wrongly (line it up with its neighbours), or a bracket or quote before it is not closed';
const quoting = 'is not valid YAML here; put values with { } [ ] : # * & or ${…} in quotes';

const reasons: Partial<Record<ErrorCode, string>> = {
  ALIAS_PROPS: quoting,
  BAD_ALIAS:
    'starts a value with *, which YAML reads as an alias of something that is not there; put it in quotes: "*"',
  BAD_COLLECTION_TYPE: 'uses a YAML tag that does not fit its value; take the tag out',
  BAD_DIRECTIVE: 'has a % directive that is not known; take it out',
  BAD_DQ_ESCAPE: 'has an unknown \\ escape in "…"; write \\\\ for a backslash or use single quotes',
  BAD_INDENT: indentation,
  BAD_SCALAR_START: quoting,
  BLOCK_AS_IMPLICIT_KEY: indentation,
  BLOCK_IN_FLOW: quoting,
  DUPLICATE_KEY: 'has a key that its block has already; keep one of them',
  KEY_OVER_1024_CHARS: 'has a key of more than 1024 characters; is a quote missing?',
  MISSING_CHAR: 'lacks a closing quote, bracket, comma or space',
  MULTILINE_IMPLICIT_KEY: indentation,
  MULTIPLE_DOCS: 'starts a second document (---); keep one',
  NON_STRING_KEY: 'has a key that is not text; put it in quotes',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
  TAB_AS_INDENT: 'is indented with a tab; use spaces',
  TAG_RESOLVE_FAILED: 'uses a YAML tag (!…), which is not supported; take it out or quote the value',
  UNEXPECTED_TOKEN: quoting,
};
