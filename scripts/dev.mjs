/**
 * `npm run dev`: the router, rebuilt and restarted at every change, and a destination that prints what it is sent.
 * Without a hookyard.yaml of your own it runs scripts/dev.yaml, which routes everything to that destination.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';

const port = Number(process.env.PRINTER_PORT ?? 4000);
const config = process.env.HOOKYARD_CONFIG ?? (existsSync('hookyard.yaml') ? 'hookyard.yaml' : 'scripts/dev.yaml');

const printer = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { 'webhook-id': id = '-', 'hookyard-attempt': attempt = '-', 'content-type': contentType } = request.headers;
    console.log(`\n[printer] ${request.method} ${request.url}  event ${String(id)}, attempt ${String(attempt)}`);
    console.log(readable(Buffer.concat(chunks).toString(), contentType));
    response.writeHead(204).end();
  });
});

printer.on('error', (error) => {
  console.error(`[printer] cannot listen on port ${port}: ${error.message}. Set PRINTER_PORT to another.`);
  process.exit(1);
});

printer.listen(port, '127.0.0.1', () => {
  console.log(`[printer] prints what it is sent at http://127.0.0.1:${port}; the router runs ${config}`);
  const router = spawn(
    process.execPath,
    ['node_modules/@nestjs/cli/bin/nest.js', 'start', '--watch', '--preserveWatchOutput'],
    {
      stdio: 'inherit',
      env: { ...process.env, HOOKYARD_CONFIG: config, PRINTER_PORT: String(port) },
    },
  );
  router.on('exit', (code) => process.exit(code ?? 0));
  // Ctrl-C reaches the router too (same terminal); this process ends when the router has.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => router.kill('SIGTERM'));
});

/** JSON indented, anything else as it is. */
function readable(body, contentType = '') {
  if (!contentType.includes('json')) return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
