/**
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (what a good sender does)
 * For a sender that has no type of its own and signs with an HMAC: how it signs, and where things stand, comes from the
 * source's options in hookyard.yaml. Without any: hex HMAC-SHA256 of the body in `x-signature`, `id` and `type` in the body.
 */
import { defineSource } from '../define-source.js';
import { dateOf, textOf } from '../field.js';
import { signedText } from '../schemes/signed-text.js';
import { type GenericOptions, genericOptions, valueAt } from './generic-options.js';

const DEFAULTS = genericOptions.parse({});

/** Any sender that signs with an HMAC, described by options. */
export const generic = defineSource<GenericOptions>({
  type: 'generic',
  docs: 'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
  options: genericOptions.superRefine((options, context) => {
    try {
      defineSource({ ...described(options), type: 'generic', docs: 'https://hookyard.invalid/' });
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'makes no source' });
    }
  }),
  ...described(DEFAULTS),
  configure: described,
});

function described(options: GenericOptions) {
  const { signature, timestamp, id, type, occurredAt, subject, tenant, split, reply } = options;
  const idHeader = signature.text.includes('{id}') ? id.header : undefined;
  const headers = [id, type, occurredAt, subject, tenant].map((place) => place?.header);
  const unsigned = { id: idHeader ? undefined : id.header, type: type.header, tenant: tenant?.header };
  return {
    scheme: signedText({ ...signature, timestamp, idHeader }),
    externalId: valueAt(id, textOf),
    eventType: valueAt(type, textOf),
    occurredAt: valueAt(occurredAt, dateOf),
    subject: valueAt(subject, textOf),
    tenant: valueAt(tenant, textOf),
    split,
    reply,
    unsigned: (['id', 'type', 'tenant'] as const).filter((name) => unsigned[name] !== undefined),
    headers: { keep: headers.filter((name) => name !== undefined) },
  };
}
