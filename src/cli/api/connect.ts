import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readVariables } from '../../config/read-environment.js';
import { readSecret, type Env } from '../../config/read-variable.js';
import { CommandFailure, EXIT } from '../command-failure.js';
import { ApiClient } from './api-client.js';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * The API of the router that HOOKYARD_URL and HOOKYARD_TOKEN name; by default the one on this machine, with its own key: HOOKYARD_API_KEY, or the
 * one that it made in its data directory. That key is never sent to another machine.
 * @throws CommandFailure when there is no key, or HOOKYARD_URL is none.
 */
export function connect(env: Env = process.env, cwd: string = process.cwd()): ApiClient {
  const problems: string[] = [];
  const report = (problem: string): void => void problems.push(problem);
  const token = readSecret(env, 'HOOKYARD_TOKEN', cwd, report);
  const { port, managementPort, dataDir, apiKey } = readVariables(
    env,
    cwd,
    ['port', 'managementPort', 'dataDir', 'apiKey'],
    report,
  );
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token.trim()))
    report('HOOKYARD_TOKEN: is no key of a router: those are ASCII without spaces');
  if (problems.length > 0) throw new CommandFailure(EXIT.usage, problems.join('\n'));
  const url = URL.parse(env['HOOKYARD_URL']?.trim() || `http://127.0.0.1:${managementPort ?? port}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new CommandFailure(EXIT.usage, 'HOOKYARD_URL: write where the router is, like https://hooks.example.com');
  // Pasted from the address bar or from a page about the API: what is meant is clear.
  url.pathname = url.pathname.replace(/\/(api(\/v1|\/docs)?|ui)\/?$/, '/');
  if (token !== undefined) return new ApiClient(url, token.trim());
  const own = LOOPBACK.test(url.hostname) ? (apiKey ?? readKeyFile(resolve(cwd, dataDir, 'api.key'))) : undefined;
  if (own !== undefined) return new ApiClient(url, own);
  throw new CommandFailure(
    EXIT.notAllowed,
    'There is no API key to ask with.',
    'Set HOOKYARD_TOKEN; an admin makes one with "hookyard keys create <label> --role operator".',
  );
}

function readKeyFile(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // Not there: the router is elsewhere, or its key is configured.
    return undefined;
  }
}
