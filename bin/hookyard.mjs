#!/usr/bin/env node
/** The `hookyard` command (src/cli/hookyard.ts). In a checkout it builds first where nothing is built yet. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = new URL('../dist/src/cli/hookyard.js', import.meta.url);

if (!existsSync(cli)) {
  console.error('Building Hookyard first …');
  const { status } = spawnSync('npm run -s build', { cwd: root, stdio: ['ignore', 2, 2], shell: true });
  if (status !== 0) process.exit(status ?? 1);
}

if (Number(process.versions.node.split('.')[0]) >= 22) {
  await import(cli.href);
} else {
  // A checkout brings its own Node along; npm scripts and npx find it, a direct call does not.
  const node = `${root}node_modules/node/bin/node`;
  if (!existsSync(node)) {
    console.error(`Hookyard needs Node 22.19 or newer; this is ${process.versions.node}.`);
    process.exit(1);
  }
  process.exit(spawnSync(node, process.argv.slice(1), { stdio: 'inherit' }).status ?? 1);
}
