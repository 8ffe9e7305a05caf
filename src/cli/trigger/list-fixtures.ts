import { CommandFailure, EXIT } from '../command-failure.js';
import { loadCatalogue } from '../load-catalogue.js';
import { printJson, printTable } from '../terminal.js';
import { fixturesOf } from './fixtures-of.js';

/** Prints which webhooks `trigger` can send, of one type or of all. @throws CommandFailure on a type that there is not. */
export async function listFixtures(
  type: string | undefined,
  { load, fixtures: folder, json }: { load?: string; fixtures?: string; json?: boolean },
): Promise<void> {
  const cwd = process.cwd();
  const catalogue = await loadCatalogue(load, cwd);
  const shown = catalogue.filter((description) => type === undefined || description.type === type);
  if (shown.length === 0) throw new CommandFailure(EXIT.notFound, `No source type is called "${type}".`);
  const rows = shown.flatMap(({ type: name, scheme }) =>
    fixturesOf(name, cwd, folder).map(({ file, fixture }) => ({
      sourceType: name,
      type: fixture.expected.type,
      fixture: file,
      about: fixture.name,
      scheme: scheme.name,
    })),
  );
  if (json) return printJson(rows);
  printTable(
    ['SOURCE TYPE', 'TYPE', 'FIXTURE', 'ABOUT'],
    rows.map((row) => [row.sourceType, row.type, row.fixture, row.about]),
  );
}
