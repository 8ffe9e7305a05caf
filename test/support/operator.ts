import { request } from 'undici';
import { API_KEY, type ApiAnswer } from './router.js';

/** A destination as the API shows it. */
export interface SeenDestination {
  readonly name: string;
  readonly kind: string;
  readonly paused: boolean;
  readonly pauseReason: string | null;
  readonly notBefore: string | null;
  readonly handlerSeenAt: string | null;
  readonly breaker: {
    readonly state: 'open' | 'closed';
    readonly forced: boolean;
    readonly forcedUntil: string | null;
    readonly tripped: boolean;
    readonly since: string;
    readonly openUntil: string | null;
    readonly failures: number;
    readonly failedProbes: number;
  };
  readonly deliveries: { pending: number; held: number; dead: number; isExact: boolean };
}

/** Asks the management API of a router, as somebody with the key. `body`: sent as JSON. */
export async function ask<T = ApiAnswer['data']>(
  router: { readonly url: string },
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<{ code: number; data: T; errors: { code: string; message: string }[] }> {
  const response = await request(`${router.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${API_KEY}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = (await response.body.json()) as { data: T; errors: { code: string; message: string }[] };
  return { code: response.statusCode, data: answer.data, errors: answer.errors };
}

/** A destination, as any process with the API shows it. */
export async function destinationAt(router: { readonly url: string }, name: string): Promise<SeenDestination> {
  return (await ask<SeenDestination>(router, 'GET', `/destinations/${name}`)).data;
}
