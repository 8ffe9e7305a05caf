import { runStandalone } from './start/run-standalone.js';

// The stand-alone router: startHookyard() with nothing added.
await runStandalone();
