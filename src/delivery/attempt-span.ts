import type { Attributes } from '@opentelemetry/api';
import { NO_REPLAY, type ClaimedDelivery } from '../queue/claimed-delivery.js';
import type { Destination } from '../routing/topology.js';
import type { AttemptSpan } from '../telemetry/tracing/tracing.js';
import type { Outcome } from './outcome.js';

/** What the span of an attempt is about. */
export function spanOf(delivery: ClaimedDelivery, { name, kind }: Destination): AttemptSpan {
  const { id, eventId, attempts, sourceType, type, replayId } = delivery;
  return {
    id,
    eventId,
    attempts,
    kind,
    destination: name,
    type: `${sourceType}.${type}`,
    isReplay: replayId !== NO_REPLAY,
  };
}

/** How it ended: never an answer's body or an error's text, which may hold anything. */
export function describeOutcome(outcome: Outcome): { readonly failed: boolean; readonly attributes: Attributes } {
  switch (outcome.kind) {
    case 'answered': {
      const { statusCode } = outcome;
      return { failed: statusCode < 200 || statusCode > 299, attributes: { 'http.response.status_code': statusCode } };
    }
    case 'failed':
      return { failed: true, attributes: { 'error.type': outcome.errorClass } };
    default:
      return { failed: outcome.kind !== 'committed', attributes: { 'hookyard.outcome': outcome.kind } };
  }
}
