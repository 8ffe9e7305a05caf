import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { connect } from 'node:net';
import { request } from 'undici';
import { Deprecated } from '../../src/operations/openapi/describes.js';
import { API_KEY, startRouter, type TestRouter } from '../support/router.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

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

  /** Sends the head of a request and a little of its body; gives what is answered while the rest never comes. */
  const answerToHead = async (head: string): Promise<string> => {
    const { hostname, port } = new URL(router.managementUrl);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(
      `${head}\r\nhost: hookyard\r\ncontent-type: application/json\r\n\r\n${head.endsWith('chunked') ? '9\r\n' : ''}{"label":`,
    );
    try {
      return await until('it is answered', () => (text.includes('}]}') ? text : undefined));
    } finally {
      socket.destroy();
    }
  };

  it.each([
    ['without a key', '', 401, 'UNAUTHORIZED'],
    ['with a wrong key', 'authorization: Bearer hky_wrong\r\n', 401, 'UNAUTHORIZED'],
  ])('answers %s before the body has come', async (_name, header, status, code) => {
    for (const length of ['content-length: 1000000', 'content-length: 1000000000', 'transfer-encoding: chunked']) {
      const text = await answerToHead(`POST /api/v1/api-keys HTTP/1.1\r\n${header}${length}`);
      expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(text).toContain(code);
      expect([length, /^connection: close/im.test(text)]).toEqual([length, length !== 'content-length: 1000000']);
    }
  });

  it('answers a path that is not there before the body has come', async () => {
    const text = await answerToHead('POST /api/v1/nothing HTTP/1.1\r\ncontent-length: 1000000000');
    expect(text).toMatch(/^HTTP\/1.1 404 /);
    expect(text).toContain('NOT_FOUND');
  });

  it('does not take one key for the other where a connection is used again', async () => {
    const { hostname, port } = new URL(router.managementUrl);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const get = (header: string): string => `GET /api/v1/audit?limit=1 HTTP/1.1\r\nhost: hookyard\r\n${header}\r\n`;
    socket.write(get(`authorization: ${authorization}\r\n`) + get(''));
    await until('both are answered', () => text.match(/HTTP\/1\.1 \d/g)?.length === 2);
    socket.destroy();
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '401']);
  });

  it('says of what is given up since when, and until when it works', async () => {
    const { statusCode, headers, body } = await request(`${router.managementUrl}/api/old`);
    expect([statusCode, await body.json()]).toEqual([200, { still: 'here' }]);
    expect([headers['deprecation'], headers['sunset']]).toEqual(['@1767225600', 'Fri, 01 Jan 2027 00:00:00 GMT']);
  });
});
