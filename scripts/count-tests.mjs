/**
 * Adds up Jest's `--json` results: `node scripts/count-tests.mjs <file> …` prints `<passed> <failed>`.
 * A test file that could not even be loaded counts as one failure; a file that is not there counts as nothing.
 */
import { existsSync, readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2).filter((name) => existsSync(name))) {
  const results = JSON.parse(readFileSync(file, 'utf8'));
  passed += results.numPassedTests;
  failed += results.numFailedTests + results.numRuntimeErrorTestSuites;
}
console.log(passed, failed);
