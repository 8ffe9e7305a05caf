import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { webhookSecretVariable } from '../../config/webhook-secrets.js';
import { CommandFailure, EXIT } from '../command-failure.js';
import { printJson, styled } from '../terminal.js';
import { withCatalogueLine, withStartSource } from './code-edits.js';
import { formatText } from './format-text.js';
import { importPath, projectAround, type Project } from './project.js';
import { schemeTemplate } from './scheme-templates.js';
import { sourceName } from './source-name.js';
import { FIXTURE_FILE, fixtureText, sourceText, specText, type SourcePlan } from './source-text.js';
import { writeFiles, type PlannedFile } from './write-files.js';

/** The flags of `hookyard new-source`. */
export interface NewSourceFlags {
  readonly scheme: string;
  readonly header?: string;
  readonly docs?: string;
  readonly json?: boolean;
}

const CATALOGUE = 'src/sources/catalog.ts';
const HEADER = /^[a-z0-9][a-z0-9._-]*$/;

/**
 * Writes a source type that passes its contract at once, for its author to change: into a checkout of Hookyard, or into an
 * application. It asks nothing, and writes all or nothing.
 * @throws CommandFailure when name, scheme or place will not do.
 */
export async function newSource(type: string, flags: NewSourceFlags): Promise<void> {
  const name = sourceName(type);
  const template = schemeTemplate(flags.scheme);
  const project = projectAround(process.cwd());
  const header = headerOf(flags.header, type);
  const docs = docsOf(flags.docs, type);
  const plan: SourcePlan = { name, template, header, docs, isCheckout: project.isCheckout };
  const { files, byHand } = project.isCheckout ? inCheckout(plan, project) : inApplication(plan, project);
  const formatted = await Promise.all(
    files.map(async (file) => ({ ...file, text: await formatText(project.root, file.path, file.text) })),
  );
  writeFiles(project.root, formatted);
  const at = (path: string) => relative(process.cwd(), join(project.root, path)) || path;
  const created = files.filter(({ isNew }) => isNew).map(({ path }) => at(path));
  const changed = files.filter(({ isNew }) => !isNew).map(({ path }) => at(path));
  const next = nextSteps(plan, project, byHand);
  if (flags.json) return printJson({ type, scheme: flags.scheme, created, changed, next });
  for (const path of created) console.log(`${styled('green', 'created')}  ${path}`);
  for (const path of changed) console.log(`${styled('yellow', 'changed')}  ${path}`);
  console.log(`\n${styled('bold', 'Next')}`);
  for (const [index, step] of next.entries()) console.log(`  ${index + 1}. ${step}`);
}

interface Written {
  readonly files: readonly PlannedFile[];
  /** What could not be done for the author, in words. */
  readonly byHand: readonly string[];
}

function inCheckout(plan: SourcePlan, { root }: Project): Written {
  const { type, constant } = plan.name;
  const catalog = withCatalogueLine(readFileSync(join(root, CATALOGUE), 'utf8'), type, constant);
  const files: PlannedFile[] = [
    { path: `src/sources/${type}/${type}.ts`, text: sourceText(plan), isNew: true },
    { path: `src/sources/${type}/fixtures/${FIXTURE_FILE}`, text: fixtureText(plan), isNew: true },
  ];
  if (catalog !== undefined) return { files: [...files, { path: CATALOGUE, text: catalog, isNew: false }], byHand: [] };
  return { files, byHand: [`Add ${constant} to builtInSources in ${CATALOGUE}.`] };
}

function inApplication(plan: SourcePlan, { root, language, runner, main }: Project): Written {
  const { type, constant } = plan.name;
  const source = `src/${type}/${type}.${language}`;
  const files: PlannedFile[] = [
    { path: source, text: sourceText(plan), isNew: true },
    { path: `fixtures/${type}/${FIXTURE_FILE}`, text: fixtureText(plan), isNew: true },
    { path: `src/${type}/${type}.spec.${language}`, text: specText(plan, runner), isNew: true },
  ];
  const from = importPath(main ?? `src/main.${language}`, source);
  const started = main && withStartSource(readFileSync(join(root, main), 'utf8'), constant, from);
  if (main && started) return { files: [...files, { path: main, text: started, isNew: false }], byHand: [] };
  const line = `import { ${constant} } from '${from}';   startHookyard({ …, sources: [${constant}] });`;
  return { files, byHand: [`Hand it to Hookyard where you start it:  ${line}`] };
}

function nextSteps({ name, isCheckout, template }: SourcePlan, project: Project, byHand: readonly string[]): string[] {
  const { type } = name;
  const test = isCheckout
    ? `npm run test:unit -- src/sources/catalog.contract -t ${type}`
    : project.hasTestScript
      ? 'npm test'
      : `run src/${type}/${type}.spec.${project.language} with your test runner`;
  const folder = isCheckout ? `src/sources/${type}` : `src/${type}`;
  const secret =
    template.factory === 'unverified'
      ? []
      : [
          `${webhookSecretVariable(type)} declares a source of it; or hookyard.yaml:  - { slug: ${type}, type: ${type}, secrets: ['\${${webhookSecretVariable(type)}}'] }`,
        ];
  return [
    ...byHand,
    `It passes already:  ${test}`,
    `Change ${folder}/${type}.${project.language} to what the sender's documentation says, and the fixture to one of its genuine requests.`,
    ...secret,
    ...(isCheckout ? ['Say in docs/sources.md what its secret, id and types are.'] : []),
  ];
}

function headerOf(given: string | undefined, type: string): string {
  const header = (given ?? `x-${type}-signature`).toLowerCase();
  if (HEADER.test(header)) return header;
  throw new CommandFailure(EXIT.usage, '--header must be the name of a header, like x-acme-signature.');
}

function docsOf(given: string | undefined, type: string): string {
  const docs = given ?? `https://developer.${type}.example/webhooks`;
  if (URL.canParse(docs) && docs.startsWith('https://') && !/['\\\s]|\*\//.test(docs)) return docs;
  throw new CommandFailure(EXIT.usage, "--docs must be the https URL of the sender's page on verifying its webhooks.");
}
