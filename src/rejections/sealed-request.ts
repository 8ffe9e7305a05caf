import type { SecretBox } from '../database/secret-box.js';
import type { InboundRequest } from '../sources/source.js';

/** Credentials of others (proxies, users): no scheme reads them, so nothing is lost without them. */
const NEVER_KEPT = ['authorization', 'proxy-authorization', 'cookie'];

interface SealedRequest {
  readonly url?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly repeated: readonly string[];
  readonly body: string;
}

/** A request as it lies in the database: sealed whole, because its body may be genuine and its headers hold a bearer secret. */
export function sealRequest(box: SecretBox, request: InboundRequest, read: readonly string[]): Buffer {
  const headers = Object.entries(request.headers).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (!NEVER_KEPT.includes(entry[0]) || read.includes(entry[0])),
  );
  const sealed: SealedRequest = {
    url: request.url,
    headers: Object.fromEntries(headers),
    repeated: [...request.repeated],
    body: request.body.toString('base64'),
  };
  return box.seal(sealed);
}

/** The request again, as it was received then. Throws when this process has no key that opens it. */
export function openRequest(box: SecretBox, sealed: Buffer, receivedAt: Date): InboundRequest {
  const { url, headers, repeated, body } = box.open(sealed) as SealedRequest;
  return {
    method: 'POST',
    ...(url === undefined ? {} : { url }),
    // No prototype: a header named `__proto__` is a header like any other.
    headers: Object.assign(Object.create(null) as Record<string, string>, headers),
    repeated: new Set(repeated),
    body: Buffer.from(body, 'base64'),
    receivedAt,
  };
}
