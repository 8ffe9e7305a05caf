import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { accepted, settledDelivery, type SeenDelivery } from '../support/deliveries.js';
import { HostileServer } from '../support/hostile-server.js';
import { Receiver } from '../support/receiver.js';
import { destinationYaml, startRouter, type TestRouter } from '../support/router.js';
import { stripeWebhook } from '../support/senders.js';
import { until } from '../support/until.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const TIMEOUT_MS = 600;
const OK = 'HTTP/1.1 200 OK\r\n';

/** Writes a line again and again until the other side has had enough. */
const drip = (socket: Socket, what: string): void => {
  const timer = setInterval(() => socket.write(what), 20);
  socket.on('close', () => clearInterval(timer));
};

const refused: [string, (socket: Socket) => void, string][] = [
  ['closes without an answer', (socket) => socket.end(), 'CONNECTION_RESET'],
  ['resets the connection', (socket) => socket.resetAndDestroy(), 'CONNECTION_RESET'],
  ['closes in the middle of the headers', (socket) => socket.end(`${OK}x-half: `), 'CONNECTION_RESET'],
  ['answers something that is no HTTP', (socket) => socket.end('220 mail.example ESMTP\r\n\r\n'), 'RESPONSE_INVALID'],
  [
    'answers with NUL in a header',
    (socket) => socket.end(`${OK}x-nul: a\0b\r\ncontent-length: 0\r\n\r\n`),
    'RESPONSE_INVALID',
  ],
  [
    'answers with 100 kB of headers',
    (socket) => socket.end(`${OK}${`x-long: ${'a'.repeat(1_000)}\r\n`.repeat(100)}\r\n`),
    'RESPONSE_INVALID',
  ],
  ['never answers', () => undefined, 'TIMEOUT'],
  ['drips headers without end', (socket) => (socket.write(OK), drip(socket, 'x-a: b\r\n')), 'TIMEOUT'],
  ['says 100 Continue unasked', (socket) => drip(socket, 'HTTP/1.1 100 Continue\r\n\r\n'), 'CONNECTION_RESET'],
  ['drips one byte of its status line at a time', (socket) => drip(socket, 'H'), 'RESPONSE_INVALID'],
  ['sends 100,000 headers', (socket) => socket.end(`${OK}${'a: b\r\n'.repeat(100_000)}\r\n`), 'RESPONSE_INVALID'],
  [
    'sends one header without end',
    (socket) => (socket.write(`${OK}x-a: `), drip(socket, 'a'.repeat(4_096))),
    'RESPONSE_INVALID',
  ],
  [
    'switches protocols unasked',
    (socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    'CONNECTION_RESET',
  ],
  [
    'gives two lengths',
    (socket) => socket.end(`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`),
    'RESPONSE_INVALID',
  ],
  ['gives a length that is none', (socket) => socket.end(`${OK}content-length: -1\r\n\r\n`), 'RESPONSE_INVALID'],
  [
    'gives a length and chunks',
    (socket) => socket.end(`${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
    'RESPONSE_INVALID',
  ],
  [
    'ends its lines with bare line feeds',
    (socket) => socket.end('HTTP/1.1 200 OK\ncontent-length: 0\n\n'),
    'RESPONSE_INVALID',
  ],
  ['speaks another version', (socket) => socket.end('HTTP/9.9 200 OK\r\n\r\n'), 'RESPONSE_INVALID'],
  ['answers HTTP/2 frames', (socket) => socket.end(Buffer.from('000000040000000000', 'hex')), 'RESPONSE_INVALID'],
  ['sends early hints without end', (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'), 'TIMEOUT'],
];

const taken: [string, (socket: Socket) => void, RegExp | undefined][] = [
  ['breaks off its body', (socket) => socket.end(`${OK}content-length: 100\r\n\r\nbroken`), /^broken$/],
  [
    'drips its body without end',
    (socket) => (socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`), drip(socket, '1\r\nx\r\n')),
    /^x+$/,
  ],
  ['sends 200 kB', (socket) => socket.end(`${OK}content-length: 200000\r\n\r\n${'y'.repeat(200_000)}`), /^y{1024}$/],
  [
    'sends without end',
    (socket) => (
      socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`),
      drip(socket, `10000\r\n${'z'.repeat(65_536)}\r\n`)
    ),
    /^z{1024}$/,
  ],
  [
    'resets in the middle of its body',
    (socket) => {
      socket.write(`${OK}content-length: 100\r\n\r\nbroken`, () => setTimeout(() => socket.resetAndDestroy(), 50));
    },
    undefined,
  ],
  ['sends a bad chunk', (socket) => socket.end(`${OK}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n`), undefined],
  [
    'sends trailers without end',
    (socket) => (socket.write(`${OK}transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n`), drip(socket, 'x-t: y\r\n')),
    undefined,
  ],
  [
    'sends a gzip bomb',
    (socket) => {
      const bomb = gzipSync(Buffer.alloc(20_000_000));
      socket.write(`${OK}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.end(bomb);
    },
    /./,
  ],
  ['speaks HTTP/1.0 and closes', (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nold'), /^old$/],
  ['has no reason phrase', (socket) => socket.end('HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n'), undefined],
  [
    'has escape sequences for a reason',
    (socket) => socket.end('HTTP/1.1 200 \u001b[31mOK\u001b[0m\r\ncontent-length: 2\r\n\r\nok'),
    /^ok$/,
  ],
  ['sends HTML', (socket) => socket.end(`${OK}content-length: 25\r\n\r\n<script>alert(1)</script>`), /^<script>alert/],
  [
    'sends our own secret back',
    (socket) => socket.end(`${OK}content-length: 44\r\n\r\n{"you sent":"Bearer canary-0123456789abcdef"}`.slice(0, -1)),
    /redacted/,
  ],
  [
    'sends gzip that nobody asked for',
    (socket) => {
      const body = gzipSync('squeezed');
      socket.write(`${OK}content-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`);
      socket.end(body);
    },
    /./,
  ],
  [
    'sends NUL, escape sequences, invalid UTF-8 and half a surrogate',
    (socket) => {
      const body = Buffer.concat([
        Buffer.from('a\0b\u001b[31mred\u009b0m\u202e'),
        Buffer.from([0xc3, 0x28, 0xff, 0xed, 0xa0, 0x80]),
        Buffer.from('\r\nend'),
      ]);
      socket.write(`${OK}content-length: ${body.length}\r\n\r\n`);
      socket.end(body);
    },
    /^a\ufffdb\ufffd\[31mred\ufffd0m\ufffd.*end$/s,
  ],
];

describe('a destination that', () => {
  let database: TestDatabase;
  let hostile: HostileServer;
  let router: TestRouter;
  let count = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    hostile = await HostileServer.start();
    const policy = `headers: { authorization: "Bearer canary-0123456789abcdef" }, timeout: ${TIMEOUT_MS}ms, retry: { schedule: [] }, breaker: { failures: 1000 }`;
    router = await startRouter({ databaseUrl: database.url, yaml: destinationYaml('hostile', hostile.url, policy) });
  });
  afterAll(async () => {
    await router.close();
    await hostile.stop();
    await database.drop();
  });
  const attempt = async (behave: (socket: Socket) => void): Promise<SeenDelivery> => {
    hostile.behave = behave;
    count += 1;
    return settledDelivery(router, await accepted(router, 'stripe', stripeWebhook(`evt_hostile_${count}`)), 'hostile');
  };

  it.each(refused)('%s has failed the attempt, within its timeout', async (_what, behave, errorClass) => {
    const { status, deadReason, attemptList } = await attempt(behave);
    expect([status, deadReason]).toEqual(['dead', 'attempts_exhausted']);
    expect(attemptList).toHaveLength(1);
    expect(attemptList[0]).toMatchObject({ outcome: 'failed', errorClass, statusCode: null });
    expect(attemptList[0]?.durationMs).toBeLessThan(TIMEOUT_MS + 400);
  });

  it.each(taken)(
    '%s after a 200 has taken the delivery; at most 1 KB of its answer is kept, made safe',
    async (_what, behave, excerpt) => {
      const { status, attemptList } = await attempt(behave);
      expect(status).toBe('delivered');
      expect(attemptList).toHaveLength(1);
      expect(attemptList[0]?.durationMs).toBeLessThan(TIMEOUT_MS + 400);
      const kept = attemptList[0]?.responseExcerpt ?? '';
      if (excerpt) expect(kept).toMatch(excerpt);
      expect(kept).not.toContain('canary-0123');
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(1_024);
      // eslint-disable-next-line no-control-regex -- their absence is what is proved
      expect(kept).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    },
  );

  it('answers before it has read the request, and hangs up, has answered', async () => {
    const early = createServer((socket) => {
      socket.on('error', () => undefined);
      const answer = 'HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';
      socket.once('data', () => socket.end(answer, () => socket.destroy()));
    }).listen(0, '127.0.0.1');
    await once(early, 'listening');
    const own = await createTestDatabase();
    const url = `http://127.0.0.1:${(early.address() as AddressInfo).port}/`;
    const second = await startRouter({
      databaseUrl: own.url,
      yaml: destinationYaml('early', url, 'retry: { schedule: [] }'),
    });
    try {
      const large = stripeWebhook('evt_early', 'early', { data: { filler: 'x'.repeat(4_000_000) } });
      const delivery = await settledDelivery(second, await accepted(second, 'stripe', large), 'early');
      // The answer, or the hang-up that came with it: whichever was seen first, it is over.
      expect(delivery.status).toBe('dead');
      expect([413, null]).toContain(delivery.attemptList[0]?.statusCode);
    } finally {
      await second.close();
      await own.drop();
      early.close();
    }
  }, 30_000);

  it('sends a second answer with the first, or later on the idle connection, answers no other delivery with it', async () => {
    const twice = `${OK}content-length: 0\r\n\r\n`;
    expect(await attempt((socket) => socket.write(`${twice}${twice}`))).toMatchObject({ status: 'delivered' });
    const failing = (socket: Socket): void => void socket.end('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n');
    expect((await attempt(failing)).attemptList[0]).toMatchObject({ outcome: 'failed' });
    expect(
      await attempt((socket) => {
        socket.write(twice);
        setTimeout(() => socket.write(twice), 20);
      }),
    ).toMatchObject({ status: 'delivered' });
    expect((await attempt(failing)).attemptList[0]).toMatchObject({ outcome: 'failed' });
  });

  it('hangs in all its slots at once keeps none of them', async () => {
    hostile.behave = () => undefined;
    const ids = [];
    for (let n = 0; n < 45; n += 1) ids.push(await accepted(router, 'stripe', stripeWebhook(`evt_slots_${n}`)));
    await until('it hangs', () => hostile.requests > 0);
    hostile.behave = (socket) => socket.end(`${OK}content-length: 0\r\nconnection: close\r\n\r\n`);
    for (const id of ids) await settledDelivery(router, id, 'hostile', 20_000);
    await until('no slot is held', async () => {
      const { rows } = await database.pool.query(`SELECT 1 FROM hookyard.delivery_batch WHERE lease_until > now()`);
      return rows.length === 0;
    });
  }, 30_000);

  it('redirects is not followed: it has failed the attempt', async () => {
    const elsewhere = await Receiver.start();
    const { status, attemptList } = await attempt((socket) =>
      socket.end(`HTTP/1.1 307 Temporary Redirect\r\nlocation: ${elsewhere.url}\r\ncontent-length: 0\r\n\r\n`),
    );
    expect(status).toBe('dead');
    expect(attemptList[0]).toMatchObject({ statusCode: 307, errorClass: 'HTTP_3XX' });
    expect(elsewhere.connections).toBe(0);
    await elsewhere.stop();
  });

  it('answers at length leaves its words in the attempt’s row and nowhere else', async () => {
    await attempt((socket) => socket.end('HTTP/1.1 500 Oops\r\ncontent-length: 15\r\n\r\ncanary-response'));
    const { rows } = await database.pool.query<{ name: string; found: boolean }>(
      `SELECT t.schemaname || '.' || t.tablename AS name,
         query_to_xml(format('SELECT 1 FROM %I.%I x WHERE x::text LIKE ''%%canary-response%%'' LIMIT 1', t.schemaname, t.tablename), false, true, '')::text LIKE '%<row%' AS found
       FROM pg_tables t WHERE t.schemaname IN ('hookyard', 'bullmq')`,
    );
    const holding = rows.filter(({ found }) => found).map(({ name }) => name.replace(/_\d{8}$|_default$/, ''));
    expect(new Set(holding)).toEqual(new Set(['hookyard.attempt']));
  });

  it('does all of this takes down no worker: the next delivery goes out at once', async () => {
    const { attemptList } = await attempt((socket) => socket.end(`${OK}content-length: 0\r\n\r\n`));
    expect(attemptList[0]).toMatchObject({ outcome: 'delivered', responseExcerpt: null });
    expect(attemptList[0]?.durationMs).toBeLessThan(400);
  });
});
