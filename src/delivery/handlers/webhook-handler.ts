import { SetMetadata } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { DeliveryPolicyInput } from '../../config/delivery-policy.js';

export const WEBHOOK_HANDLER = 'hookyard:webhook-handler';

/** Which events a handler takes, and how its deliveries behave. */
export interface WebhookHandlerOptions extends DeliveryPolicyInput {
  /** Stable: deliveries, retries and dead letters are filed under it. It shares one name space with HTTP destinations. */
  readonly name: string;
  /** Slug of one source; exactly one of `source` and `sourceType`. */
  readonly source?: string;
  /** Every source of a type. */
  readonly sourceType?: string;
  /** Patterns, `*` matches any run of characters; default: every type but `unparsed`. */
  readonly types?: readonly string[];
  /** Which of these events, by what is in them: a filter as in hookyard.yaml. Default: all. */
  readonly filter?: Readonly<Record<string, unknown>>;
  /** Events of one subject one after the other, in the order of arrival. */
  readonly ordered?: 'subject';
  /** Not an event that is older than one of its subject that was delivered. */
  readonly latestOnly?: boolean;
}

/** What a handler is called with first. `T`: the shape of the sender's body, as far as the handler trusts it. */
export interface WebhookEvent<T = unknown> {
  /** `evt_…`, the same on every retry and replay. */
  readonly id: string;
  readonly source: string;
  readonly sourceType: string;
  readonly externalId: string;
  readonly type: string;
  readonly subject: string | undefined;
  readonly tenant: string | undefined;
  readonly occurredAt: Date | undefined;
  readonly receivedAt: Date;
  readonly apiVersion: string | undefined;
  readonly livemode: boolean | undefined;
  /** False: nobody proved who sent it, because its source is in shadow mode. Anybody may have. */
  readonly verified: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
  /** The parsed body; `undefined` when it is neither JSON nor a form. */
  readonly data: T;
  /** The exact bytes received. */
  readonly rawBody: Buffer;
}

/** What a handler is called with second. */
export interface WebhookContext {
  /**
   * The transaction. What is written through it takes effect exactly once per delivery: it commits together with the delivery's
   * own row. Anything else (HTTP, mail, another connection) happens at least once.
   */
  readonly manager: EntityManager;
  /** Aborted when the timeout is over or the process stops; pass it on to whatever can be cancelled. */
  readonly signal: AbortSignal;
  /** From 1, of all rounds. */
  readonly attempt: number;
  /** A person asked for this event again. */
  readonly replay: boolean;
  /** `dlv_…` */
  readonly deliveryId: string;
  /** The same on every attempt of this delivery: for APIs that take an idempotency key. */
  readonly idempotencyKey: string;
}

/**
 * Marks a method `(event: WebhookEvent<T>, ctx: WebhookContext) => Promise<void>` of any Nest provider as a handler. Returning
 * delivers, throwing tries again by its policy. Checked at start: a wrong one stops the start with a message.
 */
export function WebhookHandler(options: WebhookHandlerOptions): MethodDecorator {
  return SetMetadata(WEBHOOK_HANDLER, options);
}
