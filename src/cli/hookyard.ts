import { endWithReader } from './end-with-reader.js';
import { runCommand } from './run-command.js';

// The `hookyard` command; bin/hookyard.mjs loads this.
const args = process.argv.slice(2);
// A router goes on though nobody reads what it prints.
if (args[0] !== 'start') endWithReader();
process.exitCode = await runCommand(args);
