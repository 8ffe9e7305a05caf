import { isDefinedSource } from './define-source.js';
import type { SourceDescription } from './source.js';
import { adyen } from './adyen/adyen.js';
import { discord } from './discord/discord.js';
import { generic } from './generic/generic.js';
import { github } from './github/github.js';
import { gitlab } from './gitlab/gitlab.js';
import { hubspot } from './hubspot/hubspot.js';
import { linear } from './linear/linear.js';
import { mailgun } from './mailgun/mailgun.js';
import { meta } from './meta/meta.js';
import { paddle } from './paddle/paddle.js';
import { sendgrid } from './sendgrid/sendgrid.js';
import { shopify } from './shopify/shopify.js';
import { slack } from './slack/slack.js';
import { square } from './square/square.js';
import { standardWebhook } from './standard-webhooks/standard-webhooks.js';
import { stripe } from './stripe/stripe.js';
import { telegram } from './telegram/telegram.js';
import { twilio } from './twilio/twilio.js';
import { typeform } from './typeform/typeform.js';
import { zendesk } from './zendesk/zendesk.js';

/** Source types by name; each name once. */
export type Catalogue = readonly SourceDescription[];

/** The source types that come with Hookyard. To add one: a folder, a line here, a fixture. */
export const builtInSources: Catalogue = [
  stripe,
  shopify,
  telegram,
  github,
  gitlab,
  slack,
  standardWebhook,
  twilio,
  square,
  meta,
  discord,
  sendgrid,
  paddle,
  linear,
  zendesk,
  typeform,
  hubspot,
  adyen,
  mailgun,
  generic,
];

/** Hookyard's source types and then the application's own; check the result with `catalogueProblems`. */
export function catalogueWith(extra: readonly SourceDescription[]): Catalogue {
  return [...builtInSources, ...extra];
}

/** The source type of that name, or `undefined`. */
export function findSourceType(catalogue: Catalogue, name: string): SourceDescription | undefined {
  return catalogue.find(({ type }) => type === name);
}

/** Why a catalogue cannot be used, a sentence each; empty when it can. Run at start. */
export function catalogueProblems(catalogue: Catalogue): readonly string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const [index, description] of catalogue.entries()) {
    if (!isDefinedSource(description)) {
      problems.push(`source type number ${index + 1} was not made by defineSource() of hookyard/source`);
    } else if (seen.has(description.type)) {
      problems.push(`source type '${description.type}' is defined more than once: choose another name for one of them`);
    } else {
      seen.add(description.type);
    }
  }
  return problems;
}
