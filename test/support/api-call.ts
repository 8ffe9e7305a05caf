import { request } from 'undici';
import { API_KEY, type ApiAnswer } from './router.js';

export interface ApiCallAnswer {
  readonly code: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: ApiAnswer;
}

/** Calls the management API at `base` (`managementUrl`): any method, a JSON body, the bootstrap key unless another (or none) is given. */
export async function apiCall(
  base: string,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  options: {
    readonly body?: unknown;
    readonly key?: string | undefined;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<ApiCallAnswer> {
  const key = 'key' in options ? options.key : API_KEY;
  const response = await request(`${base}/api/v1${path}`, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.body.text();
  return {
    code: response.statusCode,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as ApiAnswer,
  };
}

/** Makes an API key over the API; gives its id and the key itself. */
export async function makeKey(
  base: string,
  role: 'viewer' | 'operator' | 'admin',
  more: { readonly label?: string; readonly notAfter?: string } = {},
): Promise<{ readonly id: string; readonly key: string }> {
  const { code, body } = await apiCall(base, 'POST', '/api-keys', { body: { label: `a ${role}`, role, ...more } });
  if (code !== 201) throw new Error(`no key was made: ${code} ${JSON.stringify(body)}`);
  return { id: String(body.data['id']), key: String(body.data['key']) };
}
