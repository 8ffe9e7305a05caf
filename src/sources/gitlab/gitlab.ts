/**
 * https://docs.gitlab.com/user/project/integrations/webhooks/
 * Two ways to prove the sender: a signing token (`whsec_…`, Standard Webhooks: signs id, time and body), or a secret token
 * that is only repeated in a header. A project may have both; where there is a signature it must hold.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { firstPresent } from '../schemes/first-present.js';
import { sharedToken } from '../schemes/shared-token.js';
import { standardWebhooks } from '../schemes/standard-webhooks.js';

const MIB = 1024 * 1024;
const isSigningToken = (secret: string) => secret.startsWith('whsec_');

/** GitLab: webhooks of projects and groups. Take the secret token out of the source when all hooks have a signing token. */
export const gitlab = defineSource({
  type: 'gitlab',
  docs: 'https://docs.gitlab.com/user/project/integrations/webhooks/#validate-webhook-payloads',
  scheme: firstPresent(
    { scheme: standardWebhooks(), header: 'webhook-signature', takes: isSigningToken },
    { scheme: sharedToken({ header: 'x-gitlab-token' }), header: 'x-gitlab-token', takes: (s) => !isSigningToken(s) },
  ),
  // Of requests with only a secret token.
  unsigned: ['id', 'body'],
  maxBodyBytes: 25 * MIB,
  // The same on every retry. X-Gitlab-Event-UUID is not: different hooks share it.
  externalId: ({ headers }) => headers['webhook-id'] ?? headers['idempotency-key'],
  eventType: ({ payload }) => {
    const kind = textOf(field(payload, 'object_kind')) ?? textOf(field(payload, 'event_name'));
    return kind && [kind, textOf(field(payload, 'object_attributes', 'action'))].filter((part) => part).join('.');
  },
  occurredAt: ({ payload }) => dateOf(field(payload, 'object_attributes', 'updated_at')),
  subject: ({ payload }) => textOf(field(payload, 'object_attributes', 'id')) ?? textOf(field(payload, 'ref')),
  tenant: ({ payload }) =>
    textOf(field(payload, 'project', 'path_with_namespace')) ?? textOf(field(payload, 'group', 'full_path')),
  headers: {
    keep: ['x-gitlab-event', 'x-gitlab-instance', 'x-gitlab-webhook-uuid', 'x-gitlab-event-uuid', 'idempotency-key'],
  },
});
