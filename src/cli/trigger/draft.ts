import { signedRequest } from '../../testing/signed-request.js';
import type { InboundRequest, SourceDescription } from '../../sources/source.js';

/** A webhook before it is signed. */
export interface Draft {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** With its query, as the sender knows it. */
  readonly url: string;
}

/** With what, and when, a draft is signed. */
export interface Signing {
  /** Of schemes with key pairs the private key. */
  readonly secret: string;
  readonly now: Date;
  /** For schemes that sign an id of the message. */
  readonly id: string;
}

/** The request that the sender would send. */
export function sign(description: SourceDescription, { headers, body, url }: Draft, signing: Signing): InboundRequest {
  return signedRequest(description, { body, headers, url, ...signing });
}
