import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { request } from 'undici';
import { Deprecated } from '../../src/operations/openapi/describes.js';
import { API_KEY, startRouter, type TestRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(60_000);

@Controller('api/old')
class OldController {
  @Get()
  @Deprecated({ since: new Date('2026-01-01'), sunset: new Date('2027-01-01'), instead: 'GET /new' })
  get(): object {
    return { still: 'here' };
  }
}

@Module({ controllers: [OldController] })
class OldModule {}

describe('the surface of the API', () => {
  let database: TestDatabase;
  let router: TestRouter;
  beforeAll(async () => {
    database = await createTestDatabase();
    router = await startRouter({ databaseUrl: database.url, options: { imports: [OldModule] } });
  });
  afterAll(async () => {
    await router.close();
    await database.drop();
  });
  const authorization = `Bearer ${API_KEY}`;

  it.each(['/api/v1/events', '/api/v1/events?limit=x', '/api/v1/nothing', '/api/openapi.json'])(
    'keeps the answer of %s from caches, frames and other origins',
    async (path) => {
      const { headers, body } = await request(router.managementUrl + path, {
        headers: { authorization, origin: 'https://elsewhere.example' },
      });
      await body.dump();
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      });
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    },
  );

  it('gives no other origin leave to call it', async () => {
    const { statusCode, headers, body } = await request(`${router.managementUrl}/api/v1/events`, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'DELETE' },
    });
    await body.dump();
    expect([statusCode, Object.keys(headers).filter((name) => name.startsWith('access-control'))]).toEqual([404, []]);
  });

  it('refuses a body over 1 MiB, and one that is no JSON, in the envelope and without a stack', async () => {
    const post = async (text: string) => {
      const { statusCode, body } = await request(`${router.managementUrl}/api/v1/api-keys`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: text,
      });
      return [statusCode, await body.json()];
    };
    const error = (code: string) => ({
      status: 'error',
      data: null,
      errors: [{ code, message: expect.not.stringMatching(/ at |\.js/) }],
    });
    expect(await post(JSON.stringify({ label: 'x'.repeat(1_100_000) }))).toEqual([413, error('PAYLOAD_TOO_LARGE')]);
    expect(await post('{"label":')).toEqual([400, error('BAD_REQUEST')]);
  });

  it('says of what is given up since when, and until when it works', async () => {
    const { statusCode, headers, body } = await request(`${router.managementUrl}/api/old`);
    expect([statusCode, await body.json()]).toEqual([200, { still: 'here' }]);
    expect([headers['deprecation'], headers['sunset']]).toEqual(['@1767225600', 'Fri, 01 Jan 2027 00:00:00 GMT']);
  });
});
