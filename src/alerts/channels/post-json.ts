import { request, type Dispatcher } from 'undici';
import { errorClassOf } from '../../delivery/http/error-class.js';

const ANSWER_WITHIN_MS = 10_000;
const MOST_ANSWER_BYTES = 16 * 1024;

/** What came back, or the class of what went wrong. */
export type Posted =
  | { readonly statusCode: number; readonly headers: Dispatcher.ResponseData['headers']; readonly text: string }
  | { readonly errorClass: string };

/** Posts JSON within 10 s from first to last byte. Redirects are not followed. Never rejects. */
export async function postJson(
  url: string | URL,
  body: string | Buffer,
  headers: Readonly<Record<string, string>>,
  dispatcher: Dispatcher,
  signal: AbortSignal,
): Promise<Posted> {
  const late = AbortSignal.timeout(ANSWER_WITHIN_MS);
  try {
    const response = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Hookyard', ...headers },
      body,
      dispatcher,
      signal: AbortSignal.any([late, signal]),
    });
    return { statusCode: response.statusCode, headers: response.headers, text: await readStart(response.body) };
  } catch (error) {
    return { errorClass: late.aborted ? 'TIMEOUT' : errorClassOf(error) };
  }
}

async function readStart(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let read = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    read += chunk.length;
    if (read >= MOST_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MOST_ANSWER_BYTES).toString();
}
