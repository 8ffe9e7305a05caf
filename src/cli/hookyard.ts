import { runCommand } from './run-command.js';

// The `hookyard` command; bin/hookyard.mjs loads this.
process.exitCode = await runCommand(process.argv.slice(2));
