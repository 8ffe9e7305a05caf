import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { IntakeBudget } from './intake-budget.js';
import { readBody, REQUEST_OVERHEAD_BYTES } from './read-body.js';

/** A request as far as reading its body goes. */
class FakeRequest extends EventEmitter {
  headers: Record<string, string> = {};
  destroyed = false;
  paused = false;

  pause(): void {
    this.paused = true;
  }

  send(...chunks: (string | Buffer)[]): void {
    for (const chunk of chunks) this.emit('data', Buffer.from(chunk));
  }
}

function start({
  maxBytes = 10,
  budget = new IntakeBudget(100_000),
  headers = {} as Record<string, string>,
  destroyed = false,
} = {}) {
  const request = new FakeRequest();
  request.headers = headers;
  request.destroyed = destroyed;
  const body = readBody(request as unknown as IncomingMessage, 'stripe', maxBytes, budget);
  body.catch(() => undefined);
  return { request, body, budget };
}

const refusal = (code: string, status: number) => expect.objectContaining({ code, status });
const TOO_LARGE = refusal('PAYLOAD_TOO_LARGE', 413);

describe('readBody', () => {
  it('gives the bytes whole, and holds them in the budget until they are released', async () => {
    const { request, body, budget } = start();
    request.send('ab', 'c', Buffer.from([0xff]));
    request.emit('end');
    const held = await body;
    expect(held.bytes.equals(Buffer.from([0x61, 0x62, 0x63, 0xff]))).toBe(true);
    expect(budget.usedBytes).toBe(REQUEST_OVERHEAD_BYTES + 4);
    held.release();
    held.release();
    expect(budget.usedBytes).toBe(0);
  });

  it('takes an empty body for a body', async () => {
    const { request, body } = start({ headers: { 'content-length': '0' } });
    request.emit('end');
    expect((await body).bytes).toHaveLength(0);
  });

  it('counts requests, not only their bytes: empty ones fill the budget too', async () => {
    const budget = new IntakeBudget(4 * 3 * REQUEST_OVERHEAD_BYTES);
    const taken = [1, 2, 3].map(() => start({ budget }));
    const refused = start({ budget });
    await expect(refused.body).rejects.toEqual(refusal('INTAKE_UNAVAILABLE', 503));
    expect(refused.request.listenerCount('data')).toBe(0);
    taken[0]?.request.emit('end');
    (await taken[0]?.body)?.release();
    const next = start({ budget });
    next.request.emit('end');
    expect((await next.body).bytes).toHaveLength(0);
  });

  it('takes a body of just the limit', async () => {
    const { request, body } = start({ maxBytes: 4, headers: { 'content-length': '4' } });
    request.send('abcd');
    request.emit('end');
    expect((await body).bytes.toString()).toBe('abcd');
  });

  it('refuses an announced length over the limit before the first byte', async () => {
    const { request, body } = start({ maxBytes: 4, headers: { 'content-length': '5' } });
    await expect(body).rejects.toEqual(TOO_LARGE);
    expect(request.listenerCount('data')).toBe(0);
  });

  it('refuses a body that announced less, or nothing, when it crosses the limit, and holds none of it', async () => {
    for (const headers of [{} as Record<string, string>, { 'content-length': '2' }]) {
      const { request, body, budget } = start({ maxBytes: 4, headers });
      request.send('ab', 'cd', 'e', 'never looked at');
      await expect(body).rejects.toEqual(TOO_LARGE);
      expect(budget.usedBytes).toBe(0);
      expect(request.paused).toBe(true);
    }
  });

  it('refuses with "send it again" while the budget is full, and gives back what it had taken', async () => {
    const budget = new IntakeBudget(4 * (REQUEST_OVERHEAD_BYTES + 4));
    const { request, body } = start({ budget });
    request.send('abcd', 'e');
    await expect(body).rejects.toEqual(refusal('INTAKE_UNAVAILABLE', 503));
    expect(budget.usedBytes).toBe(0);
  });

  it.each(['close', 'error'])('refuses what a sender broke off: %s', async (how) => {
    const { request, body, budget } = start();
    request.send('ab');
    request.emit(how, new Error('reset'));
    await expect(body).rejects.toEqual(refusal('BODY_INCOMPLETE', 400));
    expect(budget.usedBytes).toBe(0);
  });

  it('comes to an end even when the sender hung up before it began', async () => {
    const { body } = start({ destroyed: true });
    await expect(body).rejects.toEqual(refusal('BODY_INCOMPLETE', 400));
  });

  it('does not let a socket that breaks afterwards become an uncaught error', async () => {
    const { request, body, budget } = start();
    request.send('ab');
    request.emit('end');
    const held = await body;
    expect(() => request.emit('error', new Error('late'))).not.toThrow();
    request.emit('close');
    request.send('more');
    expect(held.bytes.toString()).toBe('ab');
    expect(budget.usedBytes).toBe(REQUEST_OVERHEAD_BYTES + 2);
  });

  it('counts the refused body of one source to no other', async () => {
    const budget = new IntakeBudget(4 * (REQUEST_OVERHEAD_BYTES + 10));
    expect(budget.take('shopify', REQUEST_OVERHEAD_BYTES + 10)).toBe(true);
    const { request, body } = start({ budget });
    request.send('abcdefghij');
    request.emit('end');
    expect((await body).bytes).toHaveLength(10);
  });
});
