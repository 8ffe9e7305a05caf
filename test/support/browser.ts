import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where Debian and others put it; `CHROMIUM` names another. */
const PLACES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of this machine, or `undefined`: its tests are left out then. */
export const chromiumPath = PLACES.find((path) => path !== undefined && existsSync(path));

/** Starts it; `close()` it. Without its sandbox, which root may not have; it only ever sees the router under test. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath as string,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  });
}
