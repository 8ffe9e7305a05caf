import { didYouMean } from '../../config/nearest.js';
import { CommandFailure, EXIT } from '../command-failure.js';
import type { SourceName } from './source-name.js';

/** What a generated source is made of, for one way to sign. `header` is the signature's. */
export interface SchemeTemplate {
  /** In the help. */
  readonly about: string;
  /** The factory, and its file under src/sources/schemes/. */
  readonly factory: string;
  readonly file: string;
  /** The arguments of the factory, as code. */
  readonly args: (header: string, name: SourceName) => string;
  /** Where the id stands; default: `id` in the body. */
  readonly idHeader?: string;
  /** A form instead of JSON, sent to a URL that is signed. */
  readonly isForm?: true;
  /** Fields of the JSON body beside those that every sample has. */
  readonly bodyFields?: Readonly<Record<string, unknown>>;
  /** What the signature leaves open, besides the body. */
  readonly unsigned?: readonly string[];
}

const DIGEST = "algorithm: 'sha256', encoding: 'hex'";

/** By the name that `--scheme` takes; the first is the default. */
export const SCHEME_TEMPLATES: Readonly<Record<string, SchemeTemplate>> = {
  hmac: {
    about: 'an HMAC of the body in a header (GitHub, Shopify)',
    factory: 'hmac',
    file: 'hmac',
    args: (header) => `{ header: '${header}', ${DIGEST}, prefix: 'sha256=' }`,
  },
  'timestamped-hmac': {
    about: 'time and signature in one header, t=…,v1=… (Stripe)',
    factory: 'timestampedHmac',
    file: 'timestamped-hmac',
    args: (header) => `{ header: '${header}', separator: ',', timestampKey: 't', signatureKey: 'v1', joiner: '.' }`,
  },
  'standard-webhooks': {
    about: 'Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature',
    factory: 'standardWebhooks',
    file: 'standard-webhooks',
    args: () => '',
    idHeader: 'webhook-id',
  },
  'signed-text': {
    about: 'an HMAC of a text of time and body, the time in a header of its own (Slack)',
    factory: 'signedText',
    file: 'signed-text',
    args: (header) =>
      `{ text: '{timestamp}.{body}', header: '${header}', ${DIGEST}, timestamp: { header: '${header}-timestamp', format: 'seconds' } }`,
  },
  'dated-body-hmac': {
    about: 'an HMAC of the body, in which one field is the time of signing (Linear)',
    factory: 'datedBodyHmac',
    file: 'dated-body-hmac',
    args: (header) => `{ header: '${header}', ${DIGEST}, time: { field: 'sent_at', format: 'milliseconds' } }`,
    bodyFields: { sent_at: 1_793_620_800_000 },
  },
  ed25519: {
    about: 'Ed25519 over time and body; the secret is a public key (Discord)',
    factory: 'ed25519',
    file: 'public-key',
    args: (header) => `{ header: '${header}', timestampHeader: '${header}-timestamp' }`,
  },
  'ecdsa-p256': {
    about: 'ECDSA P-256 over time and body; the secret is a public key (SendGrid)',
    factory: 'ecdsaP256',
    file: 'public-key',
    args: (header) => `{ header: '${header}', timestampHeader: '${header}-timestamp' }`,
  },
  'body-fields-hmac': {
    about: 'an HMAC of some fields, in the body itself (Adyen, Mailgun)',
    factory: 'bodyFieldsHmac',
    file: 'body-fields-hmac',
    args: () => "{ fields: [['id'], ['type']], joiner: ':', signature: ['signature'], encoding: 'hex', key: 'text' }",
    bodyFields: { signature: 'signed again by the test' },
  },
  'signed-form': {
    about: 'the URL and the fields of a form (Twilio)',
    factory: 'signedForm',
    file: 'signed-form',
    args: (header) => `{ header: '${header}' }`,
    isForm: true,
  },
  'shared-token': {
    about: 'no signature: a token that both sides know, in a header (Telegram)',
    factory: 'sharedToken',
    file: 'shared-token',
    args: (header) => `{ header: '${header.replace(/-signature$/, '-token')}' }`,
    unsigned: ['id', 'type'],
  },
  unverified: {
    about: 'nothing at all: anyone can post',
    factory: 'unverified',
    file: 'unverified',
    args: (_header, { title }) => `{ because: '${title} signs nothing' }`,
    unsigned: ['id', 'type'],
  },
};

/** The names that `--scheme` takes. */
export const SCHEME_NAMES = Object.keys(SCHEME_TEMPLATES);

/** @throws CommandFailure when there is no such scheme. */
export function schemeTemplate(scheme: string): SchemeTemplate {
  const template = Object.hasOwn(SCHEME_TEMPLATES, scheme) ? SCHEME_TEMPLATES[scheme] : undefined;
  if (template) return template;
  throw new CommandFailure(
    EXIT.usage,
    `There is no scheme "${scheme}".${didYouMean(scheme, SCHEME_NAMES)}`,
    `There are: ${SCHEME_NAMES.join(', ')}.`,
  );
}
