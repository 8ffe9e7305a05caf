import type { SourceDescription } from '../sources/source.js';
import { destinationNamePattern } from './destination-schema.js';
import { didYouMean } from './nearest.js';
import type { Path } from './problems-of.js';
import type { ConfigFile } from './read-config-file.js';
import { slugPattern } from './source-schema.js';
import { entriesOf, fieldOf } from './tree.js';

/** Names in use, as they stand in the file, so that an entry that is wrong elsewhere still counts as there. */
interface Names {
  readonly all: ReadonlySet<string>;
  /** Those that a message may show: well-formed, and not from a variable. */
  readonly showable: readonly string[];
  /** One could not be read, so that a name that seems missing may be that one. */
  readonly incomplete: boolean;
}

/** Reports names that are taken twice, and routes that name a source, type or destination that is not there. */
export function checkReferences(
  file: ConfigFile,
  catalogue: readonly SourceDescription[],
  slugsFromVariables: readonly string[],
): void {
  const slugs = collectNames(file, 'sources', 'slug', slugPattern);
  const destinations = collectNames(file, 'destinations', 'name', destinationNamePattern);
  const types = catalogue.map(({ type }) => type);
  const sources: Names = {
    ...slugs,
    all: new Set([...slugs.all, ...slugsFromVariables]),
    showable: [...new Set([...slugs.showable, ...slugsFromVariables])],
  };
  entriesOf(file.tree, 'routes').forEach((route, index) => {
    const check = (key: string, names: Names, unknown: string): void => {
      const name = fieldOf(route, key);
      const path: Path = ['routes', index, key];
      if (typeof name !== 'string' || names.all.has(name) || names.incomplete) return;
      const existing = names.showable.length === 0 ? ' There are none' : ` There are: ${names.showable.join(', ')}`;
      file.report({ path, message: `${unknown}.${didYouMean(name, names.showable)}${existing}` });
    };
    check('source', sources, 'no source has this slug');
    check('sourceType', { all: new Set(types), showable: types, incomplete: false }, 'no source type has this name');
    check(
      'to',
      destinations,
      'no destination has this name (handlers in code bring their own routes and are not named here)',
    );
  });
}

function collectNames(file: ConfigFile, list: 'sources' | 'destinations', key: string, pattern: RegExp): Names {
  const first = new Map<string, number>();
  const showable: string[] = [];
  let incomplete = false;
  entriesOf(file.tree, list).forEach((entry, index) => {
    const path: Path = [list, index, key];
    const name = fieldOf(entry, key);
    if (file.isUnknown(path)) incomplete = true;
    else if (typeof name === 'string') {
      const earlier = first.get(name);
      if (earlier !== undefined) {
        file.report({ path, message: `is taken by ${list}[${earlier}] already; every ${key} must be unique` });
        return;
      }
      first.set(name, index);
      if (pattern.test(name) && !file.isFromOutside(path)) showable.push(name);
    }
  });
  return { all: new Set(first.keys()), showable, incomplete };
}
