import { HttpError } from '../errors.js';

/** Why a request is not taken, as its sender is told. Constant texts: an answer never echoes what was sent. */
export const refusals = {
  signatureRejected: () => new HttpError('SIGNATURE_REJECTED', 401, 'The request could not be verified.'),
  unknownSource: () => new HttpError('UNKNOWN_SOURCE', 404, 'There is no such source.'),
  methodNotAllowed: (allow: string) =>
    new HttpError('METHOD_NOT_ALLOWED', 405, 'Webhooks are sent with POST.', { allow }),
  payloadTooLarge: () => new HttpError('PAYLOAD_TOO_LARGE', 413, 'The body is larger than this source accepts.'),
  unsupportedEncoding: () => new HttpError('UNSUPPORTED_ENCODING', 415, 'Send the body without content-encoding.'),
  bodyIncomplete: () => new HttpError('BODY_INCOMPLETE', 400, 'The body ended before its announced length.'),
  /** `waitSeconds`: until there is room for one. */
  rateLimited: (waitSeconds: number) =>
    new HttpError('RATE_LIMITED', 429, 'This source is sent more than it takes; send it again later.', {
      'retry-after': retryAfter(waitSeconds),
    }),
  /** 5xx means: send it again. */
  unavailable: () =>
    new HttpError('INTAKE_UNAVAILABLE', 503, 'The webhook could not be stored now; send it again.', {
      'retry-after': retryAfter(1),
    }),
};

/** Whole seconds, at least those. The pause is spread, so that senders that were turned away together do not return together. */
function retryAfter(seconds: number): string {
  return String(Math.ceil(seconds) + Math.floor(Math.random() * 5));
}
