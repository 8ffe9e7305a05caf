import { request } from 'undici';
import { API_KEY } from './router.js';

/** What the management API said to a mutation. */
export interface Said<T> {
  readonly code: number;
  readonly data: T;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** One call of the management API that changes something; `router`: a test router or a spawned one. */
export async function operate<T = Record<string, unknown>>(
  router: { readonly managementUrl?: string; readonly url: string },
  method: 'POST' | 'DELETE' | 'GET',
  path: string,
  body?: unknown,
): Promise<Said<T>> {
  const response = await request(`${router.managementUrl ?? router.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${API_KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const { data, errors } = (await response.body.json()) as Omit<Said<T>, 'code'>;
  return { code: response.statusCode, data, errors };
}
