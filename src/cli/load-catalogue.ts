import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtInSources, catalogueProblems, catalogueWith, type Catalogue } from '../sources/catalog.js';
import { isDefinedSource } from '../sources/define-source.js';
import { CommandFailure, EXIT } from './command-failure.js';

/**
 * The source types that come with Hookyard, and those that a module of the application exports (`--load`): JavaScript, or
 * TypeScript where this Node reads it.
 * @throws CommandFailure when the module cannot be loaded or exports none.
 */
export async function loadCatalogue(module: string | undefined, cwd: string): Promise<Catalogue> {
  if (module === undefined) return builtInSources;
  const exported = await importModule(resolve(cwd, module), module);
  const extra = Object.values(exported).filter(isDefinedSource);
  if (extra.length === 0) {
    throw new CommandFailure(
      EXIT.usage,
      `${module} exports no source type.`,
      'It must export what defineSource() of the same installed hookyard/source gives.',
    );
  }
  const catalogue = catalogueWith(extra);
  const [problem] = catalogueProblems(catalogue);
  if (problem !== undefined) throw new CommandFailure(EXIT.usage, `${module}: ${problem}`);
  return catalogue;
}

async function importModule(path: string, given: string): Promise<object> {
  try {
    return (await import(pathToFileURL(path).href)) as object;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(EXIT.usage, `${given} cannot be loaded: ${reason}`);
  }
}
