/** The queue backends to prove things on: Postgres always, Redis where the test run found a server. */
export const backends: readonly (readonly [name: string, redisUrl: string | undefined])[] = [
  ['Postgres', undefined],
  ...(process.env['TEST_REDIS_URL'] ? [['Redis', process.env['TEST_REDIS_URL']] as const] : []),
];
