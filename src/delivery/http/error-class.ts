import type { ErrorClass } from '../outcome.js';

/** Node's, OpenSSL's and undici's codes for what can go wrong between us and an answer. */
const BY_CODE: Readonly<Record<string, ErrorClass>> = {
  ADDRESS_BLOCKED: 'ADDRESS_BLOCKED',
  PROXY: 'PROXY',
  // The proxy's own certificate; its tunnel broke; it answered CONNECT with something else than 200.
  UND_ERR_PRX_TLS: 'PROXY',
  UND_ERR_PRX_CONN: 'PROXY',
  UND_ERR_ABORTED: 'PROXY',
  ENOTFOUND: 'DNS',
  EAI_AGAIN: 'DNS',
  EAI_FAIL: 'DNS',
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ECONNRESET: 'CONNECTION_RESET',
  EPIPE: 'CONNECTION_RESET',
  UND_ERR_SOCKET: 'CONNECTION_RESET',
  ETIMEDOUT: 'TIMEOUT',
  UND_ERR_CONNECT_TIMEOUT: 'TIMEOUT',
  UND_ERR_HEADERS_TIMEOUT: 'TIMEOUT',
  UND_ERR_BODY_TIMEOUT: 'TIMEOUT',
  UND_ERR_HEADERS_OVERFLOW: 'RESPONSE_INVALID',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'RESPONSE_INVALID',
};

const TLS_CODE = /^ERR_TLS|^ERR_SSL|^CERT_|CERT|^EPROTO$|SIGNATURE|ISSUER/;

/** Deeper than any error is wrapped; an error may be its own cause. */
const MOST_WRAPPERS = 8;

/** Names a failed connection or request. Looks through wrapping errors and the several tries of a multi-address name. */
export function errorClassOf(error: unknown): ErrorClass {
  let e = error;
  for (let depth = 0; typeof e === 'object' && e !== null && depth < MOST_WRAPPERS; depth += 1) {
    const { name, code, cause, errors } = e as { name?: unknown; code?: unknown; cause?: unknown; errors?: unknown };
    // What is no HTTP has no code in undici 8 (`HPE_…` before); its name is there.
    if (name === 'HTTPParserError') return 'RESPONSE_INVALID';
    const named = typeof code === 'string' ? classOfCode(code) : undefined;
    if (named) return named;
    e = Array.isArray(errors) ? errors[0] : cause;
  }
  return 'NETWORK';
}

function classOfCode(code: string): ErrorClass | undefined {
  if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code];
  if (code.startsWith('HPE_')) return 'RESPONSE_INVALID';
  return TLS_CODE.test(code) ? 'TLS' : undefined;
}
