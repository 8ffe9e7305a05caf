import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from '../measure.js';
import { median } from '../statistics.js';
import { startRouter } from '../subjects.js';
import type { Figure } from '../table.js';

const STARTS = 3;

/** From the start of the process to ready, with the embedded Postgres, which the first start has made. */
export async function startUp(_bench: Bench): Promise<Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hookyard-bench-start-'));
  const took: number[] = [];
  try {
    for (let start = 0; start <= STARTS; start += 1) {
      const router = await startRouter({ databaseUrl: '' }, 'destinations: []\n', { HOOKYARD_DATA_DIR: dataDir });
      await router.stop();
      if (start > 0) took.push(router.readyAfterMs);
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
  const measure = 'start to ready, embedded Postgres, second start';
  return [{ measure, value: median(took) / 1000, unit: 's', bar: { most: 3 }, reach: { most: 1.5 } }];
}
