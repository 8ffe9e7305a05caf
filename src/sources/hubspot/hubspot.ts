/**
 * https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
 * Signature v3. The older ones are no HMACs (a hash of secret and text, which can be prolonged), so they are never looked at.
 * A body is a list of up to 100 events.
 */
import { defineSource } from '../define-source.js';
import { field, textOf } from '../field.js';
import { signedText } from '../schemes/signed-text.js';
import { signedUrlOptions } from '../schemes/signed-url.js';

/** The escapes that HubSpot undoes in the URL before it signs; all others stay. */
const UNDONE_ESCAPES = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/** `eventId` alone is documented as not unique. `attemptNumber` is left out: it changes on retries. */
const ID_FIELDS = ['portalId', 'subscriptionId', 'eventId', 'occurredAt', 'objectId', 'propertyName'];

/** HubSpot: the subscriptions of one app. The secret is the app's client secret. */
export const hubspot = defineSource({
  type: 'hubspot',
  docs: 'https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation',
  options: signedUrlOptions,
  scheme: signedText({
    text: '{method}{url}{body}{timestamp}',
    header: 'x-hubspot-signature-v3',
    algorithm: 'sha256',
    encoding: 'base64',
    timestamp: { header: 'x-hubspot-request-timestamp', format: 'milliseconds' },
    spellUrl: (url) => url.replace(UNDONE_ESCAPES, decodeURIComponent),
  }),
  split: '',
  externalId: ({ payload }) => {
    const parts = ID_FIELDS.map((name) => textOf(field(payload, name)) ?? '');
    return field(payload, 'eventId') === undefined ? undefined : parts.join('/');
  },
  eventType: ({ payload }) => textOf(field(payload, 'subscriptionType')),
  occurredAt: ({ payload }) => {
    const milliseconds = field(payload, 'occurredAt');
    return typeof milliseconds === 'number' ? new Date(milliseconds) : undefined;
  },
  subject: ({ payload }) => textOf(field(payload, 'objectId')),
  tenant: ({ payload }) => textOf(field(payload, 'portalId')),
});
