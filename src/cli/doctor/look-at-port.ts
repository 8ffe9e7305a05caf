import { createServer } from 'node:net';
import { request } from 'undici';
import { failed, ok, warning, type Finding } from './finding.js';

const WITHIN_MS = 3_000;

/** Whether a router runs at its port; if not, whether it could. */
export async function lookAtPort(host: string, port: number): Promise<Finding> {
  if (port === 0) return ok('port', 'Any free one (PORT=0).');
  const at = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  try {
    const url = `http://${at.includes(':') ? `[${at}]` : at}:${port}/health/ready`;
    const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(WITHIN_MS) });
    const text = await body.text();
    if (statusCode === 200 && /"status":\s*"ok"/.test(text))
      return ok('port', `A router runs at port ${port}, and is ready.`);
    if (/"status"/.test(text) && statusCode === 503)
      return warning(
        'port',
        `The router at port ${port} is not ready.`,
        'What it waits for is in its log, and in /health/ready.',
      );
    return failed('port', `Something else answers at port ${port}.`, 'End it, or set another PORT.');
  } catch {
    return (await isFree(host, port))
      ? ok('port', `Port ${port} is free; no router runs here.`)
      : failed(
          'port',
          `Port ${port} is taken by something that is no router, or may not be used.`,
          'End what listens there, or set another PORT (above 1023).',
        );
  }
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false)).listen(port, host, () => server.close(() => resolve(true)));
  });
}
