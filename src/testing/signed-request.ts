import type { InboundRequest, SourceDescription } from '../sources/source.js';

/** What to send. */
export interface SignedRequestOptions {
  /** A text is sent as UTF-8. */
  readonly body: Buffer | string;
  /** Default: the scheme's example secret. Of schemes with a `signingKey`: the private key, and by default the example's. */
  readonly secret?: string;
  /** Any case. `content-type` is `application/json` unless given. */
  readonly headers?: Readonly<Record<string, string>>;
  /** When it is sent and received. Default: the current time. */
  readonly now?: Date;
  /** For schemes that sign an id of the message. */
  readonly id?: string;
  /** Where it is sent, with its query, for schemes that sign that. Default: `https://hooks.example.com/webhooks/<type>`. */
  readonly url?: string;
}

/** What signs as the scheme's example secret verifies: that secret, or the private half of a pair. */
export function exampleSigningKey({ scheme, type }: SourceDescription): string {
  return (scheme.signingKey?.example ?? scheme.exampleSecret)(type);
}

/** A genuine request of this sender: the given one with what its scheme signs. Throws on an unusable secret. */
export function signedRequest(description: SourceDescription, options: SignedRequestOptions): InboundRequest {
  const { scheme, type } = description;
  const { secret = exampleSigningKey(description), now = new Date(), id } = options;
  const { url = `https://hooks.example.com/webhooks/${type}` } = options;
  const problemOf = scheme.signingKey?.problem ?? scheme.secretProblem;
  const problem = scheme.needsSecret ? problemOf(secret) : undefined;
  if (problem !== undefined) throw new TypeError(`source type '${type}': ${problem}`);
  const given = typeof options.body === 'string' ? Buffer.from(options.body) : options.body;
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value;
  const context = { secret, now, id, url, headers };
  const body = scheme.signBody?.(given, context) ?? given;
  Object.assign(headers, scheme.sign(body, context));
  return { method: 'POST', headers, repeated: new Set(), body, url, receivedAt: now };
}
