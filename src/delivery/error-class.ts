import type { ErrorClass } from './outcome.js';

/** Node's, OpenSSL's and undici's codes for what can go wrong between us and an answer. */
const BY_CODE: Readonly<Record<string, ErrorClass>> = {
  ADDRESS_BLOCKED: 'ADDRESS_BLOCKED',
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

/** Names a failed connection or request. Looks through wrapping errors and the several tries of a multi-address name. */
export function errorClassOf(error: unknown): ErrorClass {
  for (let e = error; e instanceof Error; e = e instanceof AggregateError ? e.errors[0] : e.cause) {
    const { code } = e as { code?: unknown };
    if (typeof code !== 'string') continue;
    const named = BY_CODE[code];
    if (named) return named;
    if (code.startsWith('HPE_')) return 'RESPONSE_INVALID';
    if (TLS_CODE.test(code)) return 'TLS';
  }
  return 'NETWORK';
}
