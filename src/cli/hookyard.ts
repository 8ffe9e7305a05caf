import { createProgram } from './program.js';
import { reportFailure } from './report-failure.js';

// The `hookyard` command; bin/hookyard.mjs loads this.
try {
  await createProgram().parseAsync();
} catch (error) {
  reportFailure(error);
  process.exitCode = 1;
}
