/** Writes docs/commands.md (`npm run docs:commands` builds first). */
import { writeFileSync } from 'node:fs';
import { commandReference } from '../dist/src/cli/command-reference.js';
import { createProgram } from '../dist/src/cli/program.js';

writeFileSync(new URL('../docs/commands.md', import.meta.url), commandReference(createProgram()));
