import { Redis } from 'ioredis';
import { failed, ok, type Finding } from './finding.js';

const OLDEST = [6, 2] as const;
const WITHIN_MS = 3_000;

/** Whether the queue's server answers and is new enough. Without a URL the queue is on PostgreSQL. */
export async function lookAtQueue(redisUrl: string | undefined): Promise<Finding> {
  if (redisUrl === undefined) return ok('queue', 'It is on PostgreSQL (no REDIS_URL).');
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: WITHIN_MS,
    commandTimeout: WITHIN_MS,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const info = await redis.info('server');
    // Valkey gives the version of Redis that it stands for.
    const [, major = 0, minor = 0] = (/redis_version:(\d+)\.(\d+)/.exec(info) ?? []).map(Number);
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
      return failed('queue', `This is Redis ${major}.${minor}.`, 'Hookyard needs Redis 6.2 or Valkey 7.2: upgrade it.');
    return ok('queue', `Redis ${major}.${minor} answers.`);
  } catch (error) {
    return failed(
      'queue',
      `Redis does not answer: ${(error as Error).message}`,
      'Start it, or correct REDIS_URL. Nothing is lost meanwhile: deliveries wait.',
    );
  } finally {
    redis.disconnect();
  }
}
