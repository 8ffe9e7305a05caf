import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { sendSigned } from '../load.js';
import type { Loop } from '../loop-application.js';
import type { Bench } from '../measure.js';
import { median, percentile } from '../statistics.js';
import { manySinks, startRouter } from '../subjects.js';
import type { Bar, Figure } from '../table.js';

const COUNTS = [1, 100, 1_000];
const PER_SECOND = 200;
/** Longer than a scrape stays fresh: each is written anew. */
const SCRAPE_EVERY_MS = 1_200;
/** The process has warmed up by then, and every destination has its series. */
const WARMED_BY = 400;

/** What a scrape of `/metrics` costs the event loop, by itself and while webhooks come in, with 1, 100, 1,000 destinations. */
export async function scrape({ server, receiver, effort }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const count of COUNTS) {
    const yaml = manySinks(
      Array.from({ length: count }, (_, n) => ({ name: `sink-${n}`, url: `${receiver.url}${n}`, type: `to.${n}` })),
    );
    const running = await startRouter({ databaseUrl: await server.createDatabase() }, yaml, {}, 'loop-application.js');
    try {
      const { url } = running;
      const send = async (requests: number): Promise<readonly number[]> => {
        const load = { connections: 32, perSecond: PER_SECOND, seconds: 300, typeOf: (n: number) => `to.${n % count}` };
        return (await sendSigned(`${url}/webhooks/stripe`, { ...load, requests })).latenciesMs;
      };
      receiver.reset();
      await send(Math.max(WARMED_BY, count));
      await receiver.until(Math.max(WARMED_BY, count));
      const scrapes = Math.max(5, effort.seconds);
      const requests = Math.ceil((PER_SECOND * scrapes * SCRAPE_EVERY_MS) / 1000);
      const { cpuMs, lines } = await costOfOne(url, scrapes);
      const longestMs = await longestTurn(url, scrapes);
      await read<Loop>(url, '/loop');
      await send(requests);
      const { delayMs: usualMs } = await read<Loop>(url, '/loop');
      const [latencies] = await Promise.all([send(requests), scrapeSeveral(url, scrapes)]);
      const { delayMs } = await read<Loop>(url, '/loop');
      const figure = (what: string, value: number, bar?: Bar): Figure => ({
        measure: `scrape of ${count} destination${count === 1 ? '' : 's'}: ${what}`,
        value,
        unit: 'ms',
        ...(bar && { bar }),
      });
      figures.push(
        { ...figure('event loop', cpuMs, count <= 100 ? { most: 5 } : undefined), note: `${lines} lines` },
        figure('longest turn', longestMs, { most: 5 }),
        {
          ...figure(`loop late at ${PER_SECOND}/s, p99.9`, delayMs),
          baseline: { name: 'without', value: usualMs },
        },
        figure(`received → answered at ${PER_SECOND}/s, p99`, percentile(latencies, 0.99), { most: 25 }),
      );
    } finally {
      await running.stop();
    }
  }
  return figures;
}

/** Processor time, less that of being asked for it. The median of several. */
async function costOfOne(url: string, times: number): Promise<{ cpuMs: number; lines: number }> {
  const costs: number[] = [];
  let lines = 0;
  for (let n = 0; n < times; n += 1) {
    await sleep(SCRAPE_EVERY_MS);
    await read<Loop>(url, '/loop');
    const { cpuMs: asking } = await read<Loop>(url, '/loop');
    lines = (await get(url, '/metrics')).split('\n').length;
    costs.push((await read<Loop>(url, '/loop')).cpuMs - asking);
  }
  return { cpuMs: median(costs), lines };
}

/** The longest piece of a scrape. The median of several. */
async function longestTurn(url: string, times: number): Promise<number> {
  const longest: number[] = [];
  for (let n = 0; n < times; n += 1) {
    await sleep(SCRAPE_EVERY_MS);
    await read(url, '/loop/turns');
    await get(url, '/metrics');
    longest.push((await read<{ longestMs: number }>(url, '/loop/turns')).longestMs);
    await get(url, '/loop/rest');
  }
  return median(longest);
}

async function scrapeSeveral(url: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await get(url, '/metrics');
    await sleep(SCRAPE_EVERY_MS);
  }
}

async function read<Answer>(url: string, path: string): Promise<Answer> {
  return JSON.parse(await get(url, path)) as Answer;
}

async function get(url: string, path: string): Promise<string> {
  const { statusCode, body } = await request(url + path);
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`);
  return text;
}
