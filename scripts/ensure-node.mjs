/**
 * Hookyard needs the Node of `engines` in package.json; `npm ci` puts one into node_modules (the `node` package), which every
 * npm script finds first. That package fetches its binary in an install script, so after `npm ci --ignore-scripts` on a
 * machine with an older Node it is missing. This fetches it then, and does nothing otherwise. Runs on any Node with ESM.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const required = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node.replace('>=', '');
const localNode = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

if (!isEnough(process.versions.node) && !isEnough(versionOf(localNode))) fetchNode();

function fetchNode() {
  if (!existsSync(join(root, 'node_modules/node/package.json'))) {
    fail('The Node that `npm ci` brings along is not installed: run `npm ci` first (without --omit=dev).');
  }
  console.error(
    `Node ${process.versions.node} is too old (Hookyard needs ${required} or newer); fetching one into node_modules …`,
  );
  const rebuild = ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const { status, stdout, stderr } = npm
    ? spawnSync(process.execPath, [npm, ...rebuild], { cwd: root, encoding: 'utf8' })
    : spawnSync('npm', rebuild, { cwd: root, encoding: 'utf8', shell: true });
  if (status !== 0 || !isEnough(versionOf(localNode))) {
    process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
    fail(`Could not fetch it: \`npm ${rebuild.join(' ')}\` failed.`);
  }
}

function versionOf(executable) {
  return spawnSync(executable, ['--version'], { encoding: 'utf8' }).stdout?.trim().replace(/^v/, '');
}

function isEnough(version) {
  if (!version) return false;
  const [major, minor] = version.split('.').map(Number);
  const [requiredMajor, requiredMinor = 0] = required.split('.').map(Number);
  return major > requiredMajor || (major === requiredMajor && minor >= requiredMinor);
}

function fail(problem) {
  console.error(
    `${problem}\nThis is Node ${process.versions.node}. Install Node ${required} or newer (https://nodejs.org), then try again.`,
  );
  process.exit(1);
}
