import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { request } from 'undici';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, startBrowser } from '../support/browser.js';
import { freePort } from '../support/free-port.js';
import { Receiver } from '../support/receiver.js';
import { API_KEY, destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { send, stripeWebhook } from '../support/senders.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

jest.setTimeout(90_000);

const FOLDER = new URL('../../src/operations/ui/page/', import.meta.url);
/** What a hostile sender or destination would try. */
const MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';

describe('the page at /ui', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    receiver = await Receiver.start();
    receiver.answer = (_, response) => void response.writeHead(400).end(MARKUP);
    router = await startRouter({
      databaseUrl: database.url,
      yaml: destinationYaml('inbox', receiver.url),
      env: { HOOKYARD_MANAGEMENT_PORT: String(await freePort()) },
    });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  it('is served with headers that let nothing in, files of its own only, and no other', async () => {
    const files = readdirSync(FOLDER).filter((name) => name !== 'index.html');
    expect(files).toHaveLength(6);
    for (const path of ['/ui', ...files.map((name) => `/ui/${name}`)]) {
      const { statusCode, headers, body } = await request(router.managementUrl + path);
      await body.dump();
      const policy = String(headers['content-security-policy']);
      expect([path, statusCode, headers['x-content-type-options']]).toEqual([path, 200, 'nosniff']);
      for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "connect-src 'self'", "script-src 'self'"]) {
        expect(policy).toContain(rule);
      }
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
    }
    for (const name of ['nothing.js', 'index.html', '..%2Fui.controller.js', '__proto__']) {
      expect((await request(`${router.managementUrl}/ui/${name}`)).statusCode).toBe(404);
    }
  });

  it('names no outside address, and turns no text into markup', () => {
    for (const name of readdirSync(FOLDER)) {
      const text = readFileSync(new URL(name, FOLDER), 'utf8');
      expect([name, /(https?:)?\/\/[a-z]+\.[a-z]/i.exec(text)?.[0]]).toEqual([name, undefined]);
      expect([
        name,
        /innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|\sstyle="|\son[a-z]+="/.exec(text)?.[0],
      ]).toEqual([name, undefined]);
    }
  });

  it('is not on the port that webhooks come to, when management has one of its own', async () => {
    expect(router.managementUrl).not.toBe(router.url);
    expect((await request(`${router.url}/ui`)).statusCode).toBe(404);
    expect((await request(`${router.url}/ui/main.js`)).statusCode).toBe(404);
  });

  const inBrowser = chromiumPath ? describe : describe.skip;
  inBrowser(`in a browser${chromiumPath ? '' : ' (no chromium here: apt-get install chromium)'}`, () => {
    let browser: Browser;
    let page: Page;
    const asked: string[] = [];
    const problems: string[] = [];
    beforeAll(async () => {
      browser = await startBrowser();
      page = await browser.newPage({ viewport: { width: 360, height: 720 } });
      page.setDefaultTimeout(15_000);
      page.on('request', (sent) => asked.push(sent.url()));
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (line) => {
        if (/Content Security Policy|Trusted/i.test(line.text())) problems.push(line.text());
      });
      await send(router.ingress('stripe'), stripeWebhook('evt_ui', MARKUP, { data: { name: MARKUP } }));
      await until('the dead letter', async () => (await router.api('/deliveries?status=dead')).data.length === 1);
    });
    afterAll(() => browser.close());

    it('asks for the key, refuses a wrong one, and shows the events for the right one', async () => {
      await page.goto(`${router.managementUrl}/ui`);
      await page.getByLabel('API key').fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      await page.getByLabel('API key').fill(API_KEY);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Events' }).waitFor();
      expect(await page.getByRole('row').filter({ hasText: 'stripe' }).count()).toBe(1);
    });

    it('shows type, body and answers of strangers as text', async () => {
      await page.getByRole('link', { name: MARKUP }).click();
      await page.getByRole('button', { name: 'Show body' }).click();
      expect(await page.getByLabel('Body').textContent()).toContain(JSON.stringify(MARKUP).slice(1, -1));
      await page.getByRole('link', { name: 'inbox' }).click();
      await page.getByRole('heading', { name: 'Delivery to inbox' }).waitFor();
      expect(await page.locator('main pre').first().textContent()).toContain('onerror="window.hacked=1"');
      expect(await page.locator('main img, main script').count()).toBe(0);
      expect(await page.evaluate('window.hacked')).toBeUndefined();
    });

    it('retries a dead letter, and says that there are none then', async () => {
      receiver.answer = 200;
      await page.getByRole('link', { name: 'Dead letters' }).click();
      await page.getByRole('heading', { name: 'Dead letters' }).waitFor();
      await page.getByRole('button', { name: 'Retry' }).click();
      await page.getByText('No dead letters').waitFor();
      await until('it is delivered', async () => (await router.api('/deliveries?status=delivered')).data.length === 1);
    });

    it('shows destinations, fits 360 px, and forgets the key', async () => {
      await page.getByRole('link', { name: 'Destinations' }).click();
      await page.getByRole('heading', { name: 'Destinations' }).waitFor();
      expect(await page.getByRole('link', { name: 'inbox' }).count()).toBe(1);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      await page.getByRole('button', { name: 'Forget key' }).click();
      await page.getByLabel('API key').waitFor();
      expect(await page.evaluate('sessionStorage.length + localStorage.length')).toBe(0);
    });

    it('has asked nobody but the router, and broken none of its own rules', () => {
      expect(asked.filter((url) => !url.startsWith(`${router.managementUrl}/`) && url !== 'data:,')).toEqual([]);
      expect(problems).toEqual([]);
    });
  });
});
