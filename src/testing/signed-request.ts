import type { InboundRequest, SourceDescription } from '../sources/source.js';

/** What to send. */
export interface SignedRequestOptions {
  /** A text is sent as UTF-8. */
  readonly body: Buffer | string;
  /** Default: the scheme's example secret. */
  readonly secret?: string;
  /** Any case. `content-type` is `application/json` unless given. */
  readonly headers?: Readonly<Record<string, string>>;
  /** When it is sent and received. Default: the current time. */
  readonly now?: Date;
  /** For schemes that sign an id of the message. */
  readonly id?: string;
}

/** A genuine request of this sender: the given one with the headers that its scheme signs. Throws on an unusable secret. */
export function signedRequest(description: SourceDescription, options: SignedRequestOptions): InboundRequest {
  const { scheme, type } = description;
  const { secret = scheme.exampleSecret(type), now = new Date(), id } = options;
  const problem = scheme.needsSecret ? scheme.secretProblem(secret) : undefined;
  if (problem !== undefined) throw new TypeError(`source type '${type}': ${problem}`);
  const body = typeof options.body === 'string' ? Buffer.from(options.body) : options.body;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value;
  Object.assign(headers, scheme.sign(body, { secret, now, id, headers }));
  return { method: 'POST', headers, repeated: new Set(), body, receivedAt: now };
}
