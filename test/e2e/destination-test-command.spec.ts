import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { tmpdir } from 'node:os';
import { commandInProcess, type CommandResult } from '../support/command-in-process.js';
import { freePort } from '../support/free-port.js';
import { Receiver } from '../support/receiver.js';
import { API_KEY, startRouter, type TestRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

describe('hookyard destinations test', () => {
  let database: TestDatabase;
  let receiver: Receiver;
  let router: TestRouter;
  beforeAll(async () => {
    [database, receiver] = await Promise.all([createTestDatabase(), Receiver.start()]);
    const yaml = `destinations:
  - { name: inbox, url: "${receiver.url}", allowPrivateNetwork: true, signingSecrets: ["${SECRET}"] }
  - { name: nobody, url: "http://127.0.0.1:${await freePort()}/", allowPrivateNetwork: true }
`;
    router = await startRouter({ databaseUrl: database.url, yaml });
  });
  afterAll(async () => {
    await router.close();
    await receiver.stop();
    await database.drop();
  });

  const run = (...args: string[]): Promise<CommandResult> =>
    commandInProcess(['destinations', 'test', ...args], {
      cwd: tmpdir(),
      env: { HOOKYARD_URL: router.managementUrl, HOOKYARD_TOKEN: API_KEY },
    });

  it('prints what came of it and what was sent, and ends with 0 when it was answered 2xx', async () => {
    receiver.answer = 202;
    const { code, stdout, stderr } = await run('inbox');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^outcome +status +error +took\ndelivered +202 +- +\d+ ms\n/);
    expect(stdout).toMatch(/^hookyard-test +true$/m);
    expect(stdout).toMatch(/^webhook-signature +\[redacted\]$/m);
    expect(stdout).toMatch(/^It answered:\nok$/m);
  });

  it('ends with 1 when it was not, with --json too', async () => {
    receiver.answer = 500;
    expect(await run('inbox')).toMatchObject({ code: 1, stdout: expect.stringMatching(/^failed +500 +HTTP_5XX/m) });
    const { code, stdout, stderr } = await run('nobody', '--json');
    expect([code, stderr, JSON.parse(stdout)]).toEqual([
      1,
      '',
      expect.objectContaining({ outcome: 'failed', errorClass: 'CONNECTION_REFUSED' }),
    ]);
  });
});
