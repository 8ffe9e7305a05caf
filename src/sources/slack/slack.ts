/**
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 * https://docs.slack.dev/apis/events-api
 * The Events API. Slash commands and interactions are signed alike, but their sender shows our answer to a person, so they
 * need an application that answers by itself: they do not belong here.
 */
import { defineSource } from '../define-source.js';
import { dateOf, field, textOf } from '../field.js';
import { signedText } from '../schemes/signed-text.js';

/** Slack: the Events API of one app, for all workspaces that have it. */
export const slack = defineSource({
  type: 'slack',
  docs: 'https://docs.slack.dev/authentication/verifying-requests-from-slack',
  scheme: signedText({
    text: 'v0:{timestamp}:{body}',
    header: 'x-slack-signature',
    algorithm: 'sha256',
    encoding: 'hex',
    prefix: 'v0=',
    timestamp: { header: 'x-slack-request-timestamp', format: 'seconds' },
  }),
  // When the URL is entered Slack sends a text that it wants back; now and then it asks unsigned whether somebody is there.
  challenge: {
    post: ({ payload }) =>
      field(payload, 'type') === 'url_verification' ? { echo: textOf(field(payload, 'challenge')) ?? '' } : undefined,
    unsigned: { ssl_check: '1' },
  },
  // Unique across workspaces, and the same on every retry. `app_rate_limited` has none.
  externalId: ({ payload }) => textOf(field(payload, 'event_id')),
  // The inner type, `message`; of what has no inner event, the outer one: `app_rate_limited`.
  eventType: ({ payload }) => textOf(field(payload, 'event', 'type')) ?? textOf(field(payload, 'type')),
  occurredAt: ({ payload }) => dateOf(field(payload, 'event_time')) ?? dateOf(field(payload, 'minute_rate_limited')),
  subject: ({ payload }) =>
    textOf(field(payload, 'event', 'channel')) ??
    textOf(field(payload, 'event', 'item', 'channel')) ??
    textOf(field(payload, 'event', 'user')),
  tenant: ({ payload }) => textOf(field(payload, 'team_id')),
  headers: { keep: ['x-slack-retry-num', 'x-slack-retry-reason'] },
});
