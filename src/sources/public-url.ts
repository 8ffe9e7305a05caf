import { field, textOf } from './field.js';

/** Where a webhook was sent to. */
export interface PublicUrlParts {
  /** The source's options: `url` is its public URL, without query, for a path that a proxy changes. */
  readonly options: unknown;
  /** `HOOKYARD_PUBLIC_URL`. */
  readonly base: string | undefined;
  readonly slug: string;
  /** The request's target as it came: `/webhooks/square?a=b`. Only its query counts; the rest is the sender's word. */
  readonly target: string;
}

/**
 * The URL that a sender called, as the sender knows it, letter for letter. Never made of `Host` or `X-Forwarded-*`: who
 * writes those would choose what the signature is about. `undefined` when neither the option nor the base is configured.
 */
export function publicUrl({ options, base, slug, target }: PublicUrlParts): string | undefined {
  const own =
    textOf(field(options, 'url')) ?? (base === undefined ? undefined : `${base.replace(/\/+$/, '')}/webhooks/${slug}`);
  const query = /\?[^#]*/.exec(target)?.[0] ?? '';
  return own === undefined ? undefined : own + query;
}
