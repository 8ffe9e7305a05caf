import { createProgram } from './program.js';
import { reportFailure } from './report-failure.js';

// The `hookyard` command; bin/hookyard.mjs loads this.
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error, { json: process.argv.includes('--json') });
}
