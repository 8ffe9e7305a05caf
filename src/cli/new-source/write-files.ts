import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandFailure, EXIT } from '../command-failure.js';

/** A file as it shall be; `isNew`: it must not be there yet. */
export interface PlannedFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly isNew: boolean;
}

/**
 * Writes all files or none: what was written is taken back when one fails.
 * @throws CommandFailure when a new file is there already; whatever the file system says.
 */
export function writeFiles(root: string, files: readonly PlannedFile[]): void {
  const existing = files.filter(({ path, isNew }) => isNew && existsSync(join(root, path)));
  if (existing.length > 0) {
    const names = existing.map(({ path }) => path).join(', ');
    throw new CommandFailure(EXIT.usage, `It is there already: ${names}.`, 'Nothing was written.');
  }
  const undo: (() => void)[] = [];
  try {
    for (const file of files) writeOne(root, file, undo);
  } catch (error) {
    for (const step of undo.toReversed()) step();
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(EXIT.failed, `The files cannot be written (${code}).`, 'Nothing was left behind.');
  }
}

function writeOne(root: string, { path, text, isNew }: PlannedFile, undo: (() => void)[]): void {
  const target = join(root, path);
  const made = mkdirSync(dirname(target), { recursive: true });
  if (made !== undefined) undo.push(() => rmSync(made, { recursive: true, force: true }));
  const temporary = `${target}.${process.pid}.tmp`;
  undo.push(() => rmSync(temporary, { force: true }));
  writeFileSync(temporary, text, { flag: 'wx' });
  if (isNew) {
    // Unlike a rename it fails where somebody has just made that file.
    linkSync(temporary, target);
    undo.push(() => rmSync(target, { force: true }));
    rmSync(temporary);
  } else {
    const before = readFileSync(target);
    renameSync(temporary, target);
    undo.push(() => writeFileSync(target, before));
  }
}
