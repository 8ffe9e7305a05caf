/** Small edits of somebody's code, by text: each gives the new text, or `undefined` where it is not sure what it sees. */

/** The catalogue with one more source type: an import in its alphabetical place, and a line at the end of the list. */
export function withCatalogueLine(catalog: string, type: string, constant: string): string | undefined {
  const list = /(export const builtInSources: Catalogue = \[\n(?:[^\]]*\n)?)(\];)/;
  const line = `import { ${constant} } from './${type}/${type}.js';`;
  const imports = [...catalog.matchAll(/^import \{ \w+ \} from '\.\/([a-z0-9-]+)\/\1\.js';\n/gm)];
  const last = imports.at(-1);
  if (!list.test(catalog) || !last) return undefined;
  const next = imports.find(([, other = '']) => other > type);
  const at = next?.index ?? last.index + last[0].length;
  const imported = `${catalog.slice(0, at)}${line}\n${catalog.slice(at)}`;
  return imported.replace(list, `$1  ${constant},\n$2`);
}

/**
 * A module that starts Hookyard, with one more of `sources`: `startHookyard()`, `runStandalone({ … })`. Only a call whose
 * options stand right there, and whose `sources`, if any, are a list in brackets.
 */
export function withStartSource(code: string, constant: string, from: string): string | undefined {
  const calls = [...code.matchAll(/\b(?:startHookyard|runStandalone)\(/g)].filter(
    ({ index }) => !isInComment(code, index),
  );
  const [call] = calls;
  if (!call || calls.length > 1) return undefined;
  const open = call.index + call[0].length;
  const edited = withOption(code, open, constant);
  return edited === undefined ? undefined : withImport(edited, `import { ${constant} } from '${from}';`);
}

function withOption(code: string, open: number, constant: string): string | undefined {
  const masked = withoutTexts(code);
  const rest = masked.slice(open);
  const insert = (at: number, text: string) => code.slice(0, at) + text + code.slice(at);
  if (/^\s*\)/.test(rest)) return insert(open, `{ sources: [${constant}] }`);
  const brace = /^\s*\{/.exec(rest);
  if (!brace) return undefined;
  const start = open + brace[0].length;
  const end = closing(masked, start);
  if (end === undefined || !/^\s*,?\s*\)/.test(masked.slice(end + 1))) return undefined;
  const options = masked.slice(start, end);
  // A spread may bring a list of its own, which ours would hide; comments and templates may hold anything.
  if (/\.\.\.|`|\/[/*]/.test(options)) return undefined;
  const sources = /(?<=^|[,{\s])sources\b/.exec(options);
  if (!sources) {
    const text = options.trimEnd();
    return insert(start + text.length, `${text === '' || text.endsWith(',') ? ' ' : ', '}sources: [${constant}]`);
  }
  const list = /^sources\s*:\s*\[/.exec(options.slice(sources.index));
  if (!list) return undefined;
  const listStart = start + sources.index + list[0].length;
  const listEnd = closing(masked, listStart);
  if (listEnd === undefined) return undefined;
  const items = masked.slice(listStart, listEnd).trimEnd();
  return insert(listStart + items.length, (items.trim() === '' ? '' : items.endsWith(',') ? ' ' : ', ') + constant);
}

/** The same length, with nothing in quotes that could look like code. */
function withoutTexts(code: string): string {
  return code.replace(/'[^'\n]*'|"[^"\n]*"/g, (text) => `'${'_'.repeat(text.length - 2)}'`);
}

/** Where the bracket that was opened just before `start` is closed. */
function closing(code: string, start: number): number | undefined {
  let depth = 1;
  for (let at = start; at < code.length; at += 1) {
    if ('([{'.includes(code.charAt(at))) depth += 1;
    if (')]}'.includes(code.charAt(at))) depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}

function withImport(code: string, line: string): string | undefined {
  const last = [
    ...code.matchAll(/^import\b[^;]*?from\s+['"][^'"]+['"];?[^\n]*\n|^import\s+['"][^'"]+['"];?[^\n]*\n/gm),
  ].at(-1);
  if (!last) return undefined;
  const at = last.index + last[0].length;
  return `${code.slice(0, at)}${line}\n${code.slice(at)}`;
}

function isInComment(code: string, index: number): boolean {
  const before = code.slice(0, index);
  return before.lastIndexOf('/*') > before.lastIndexOf('*/') || /\/\/[^\n]*$/.test(before);
}
