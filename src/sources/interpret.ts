/** The engine: what is done with a request, in an order that no source can change. First `verify`, then `normalise`. */
import { namerOf, type InterpretedEvent } from './name-event.js';
import { parseBody } from './parse-body.js';
import type { Verdict } from './schemes/scheme.js';
import type { InboundRequest, SourceDescription } from './source.js';
import { splitBody } from './split-body.js';

/** How far a signed timestamp may be off, both ways, unless the source type or the source says otherwise. */
export const DEFAULT_TOLERANCE_SECONDS = 300;

/** By which clock, and how strictly, a request's time is judged. */
export interface VerifyContext {
  readonly now: Date;
  /** In seconds, both ways; a source's own setting. Default: the description's, else `DEFAULT_TOLERANCE_SECONDS`. */
  readonly toleranceSeconds?: number;
}

/**
 * Whether the raw bytes come from the sender. `secrets` are all active ones. Never throws: a scheme that does, against its
 * contract, gives `malformed`.
 */
export function verify(
  description: SourceDescription,
  secrets: readonly string[],
  request: InboundRequest,
  { now, toleranceSeconds }: VerifyContext,
): Verdict {
  const tolerance = toleranceSeconds ?? description.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  try {
    return description.scheme.check(request, { secrets, now, toleranceSeconds: tolerance });
  } catch (error) {
    // The message may quote the request; the name is enough to find the fault.
    return {
      outcome: 'malformed',
      detail: `the scheme failed with ${error instanceof Error ? error.name : typeof error}`,
    };
  }
}

/**
 * The events of a verified request, in the order of the body: one, or as many as its list holds where the description
 * says `split`. Nothing is refused here: what the description cannot tell, because the payload is strange or a function of
 * it throws, counts as not given. The same request always gives the same events.
 */
export function normalise(
  description: SourceDescription,
  request: InboundRequest,
): readonly [InterpretedEvent, ...InterpretedEvent[]] {
  const { body } = request;
  const { split, formField } = description;
  const name = namerOf(description, request);
  const whole = parseBody(request.headers['content-type'], body, formField);
  const found = split === undefined || whole.format === 'form' ? undefined : splitBody(split, body, whole.payload);
  if (found?.kind !== 'parts') {
    const payload = found ? found.first : whole.payload;
    return [name({ ...whole, payload, body, whole: whole.payload, isNamed: found === undefined })];
  }
  const events = found.parts.map((part) => {
    const bytes = body.subarray(part.offset, part.offset + part.length);
    return name({ ...parseBody(undefined, bytes), body: bytes, whole: whole.payload, part, isNamed: true });
  });
  return events as [InterpretedEvent, ...InterpretedEvent[]];
}
