import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { didYouMean } from '../../config/nearest.js';
import type { SourceDescription } from '../../sources/source.js';
import { readFixtures, type SourceFixture } from '../../testing/fixture.js';
import { CommandFailure, EXIT } from '../command-failure.js';

/** A fixture and the name of its file, without `.json`. */
export interface NamedFixture {
  readonly file: string;
  readonly fixture: SourceFixture;
}

/** Where fixtures of a type may be: those that come with Hookyard, and where an application keeps its own. */
function foldersOf(type: string, cwd: string): string[] {
  return [
    fileURLToPath(new URL(`../../sources/${type}/fixtures`, import.meta.url)),
    resolve(cwd, 'fixtures', type),
    resolve(cwd, 'src', type, 'fixtures'),
  ];
}

/** The fixtures of a type, from the first folder that has any, or from the one given. */
export function fixturesOf(type: string, cwd: string, folder?: string): NamedFixture[] {
  const folders = folder === undefined ? foldersOf(type, cwd) : [resolve(cwd, folder)];
  return folders.map(namedIn).find((found) => found.length > 0) ?? [];
}

/**
 * The fixture of an event type, or of a file's name; without either the plainest one.
 * @throws CommandFailure when there is none such.
 */
export function chooseFixture(
  fixtures: readonly NamedFixture[],
  wanted: string | undefined,
  { type, options: schema }: SourceDescription,
  options: unknown,
): NamedFixture {
  const isFor = ({ fixture }: NamedFixture) =>
    fixture.options === undefined || isDeepStrictEqual(schema?.safeParse(fixture.options).data, options);
  const fitting = fixtures.filter(isFor);
  const found =
    wanted === undefined
      ? (fitting.find(isPlain) ?? fitting[0])
      : (fitting.find(({ fixture }) => fixture.expected.type === wanted) ??
        fitting.find(({ file }) => file === wanted));
  if (found) return found;
  if (fitting.length === 0) throw new CommandFailure(EXIT.notFound, `There is no fixture of ${type}.`, NO_FIXTURE);
  const types = [...new Set(fitting.map(({ fixture }) => fixture.expected.type))];
  throw new CommandFailure(
    EXIT.notFound,
    `No fixture of ${type} is of type "${wanted}".${didYouMean(wanted ?? '', types)} There are: ${types.join(', ')}.`,
    'hookyard trigger --list shows all.',
  );
}

const NO_FIXTURE = 'They are read from fixtures/<type>/ or src/<type>/fixtures/, or the folder given with --fixtures.';

/** An event as JSON: neither a handshake nor a form. */
function isPlain({ file, fixture }: NamedFixture): boolean {
  return !/ping|challenge|verification|test/.test(file) && !/form|ping/i.test(fixture.headers['content-type'] ?? '');
}

function namedIn(folder: string): NamedFixture[] {
  const fixtures = readFixtures(folder);
  const files =
    fixtures.length === 0
      ? []
      : readdirSync(folder)
          .filter((name) => name.endsWith('.json'))
          .sort();
  return fixtures.map((fixture, index) => ({ file: basename(join(folder, files[index] ?? ''), '.json'), fixture }));
}
