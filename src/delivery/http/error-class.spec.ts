import { describe, expect, it } from '@jest/globals';
import { AddressBlockedError } from './address-guard.js';
import { errorClassOf } from './error-class.js';
import { ERROR_CLASSES } from '../outcome.js';

const coded = (code: string, cause?: unknown) => Object.assign(new Error('x', { cause }), { code });

describe('errorClassOf', () => {
  it.each([
    ['ENOTFOUND', 'DNS'],
    ['EAI_AGAIN', 'DNS'],
    ['ECONNREFUSED', 'CONNECTION_REFUSED'],
    ['ECONNRESET', 'CONNECTION_RESET'],
    ['EPIPE', 'CONNECTION_RESET'],
    ['UND_ERR_SOCKET', 'CONNECTION_RESET'],
    ['ETIMEDOUT', 'TIMEOUT'],
    ['UND_ERR_CONNECT_TIMEOUT', 'TIMEOUT'],
    ['UND_ERR_HEADERS_TIMEOUT', 'TIMEOUT'],
    ['UND_ERR_HEADERS_OVERFLOW', 'RESPONSE_INVALID'],
    ['HPE_INVALID_CONSTANT', 'RESPONSE_INVALID'],
    ['HPE_INVALID_VERSION', 'RESPONSE_INVALID'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'TLS'],
    ['CERT_HAS_EXPIRED', 'TLS'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TLS'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'TLS'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'TLS'],
    ['EPROTO', 'TLS'],
    ['ENETUNREACH', 'NETWORK'],
    ['EHOSTUNREACH', 'NETWORK'],
    ['constructor', 'NETWORK'],
  ])('names %s as %s', (code, name) => {
    expect(errorClassOf(coded(code))).toBe(name);
  });

  it('knows an address that may not be reached', () => {
    expect(errorClassOf(new AddressBlockedError('no'))).toBe('ADDRESS_BLOCKED');
  });

  it('looks through errors that wrap others', () => {
    expect(errorClassOf(new TypeError('failed', { cause: coded('ENOTFOUND') }))).toBe('DNS');
    expect(errorClassOf(coded('ERR_OTHER', new Error('y', { cause: coded('ECONNREFUSED') })))).toBe(
      'CONNECTION_REFUSED',
    );
  });

  it('looks at the first of several tries', () => {
    const tries = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]);
    expect(errorClassOf(tries)).toBe('CONNECTION_REFUSED');
    expect(errorClassOf(new AggregateError([]))).toBe('NETWORK');
  });

  it.each([undefined, null, 'text', 7, {}, new Error('plain')])('gives a name to whatever was thrown: %p', (thrown) => {
    expect(errorClassOf(thrown)).toBe('NETWORK');
  });

  it('comes to an end with an error that is its own cause', () => {
    const circular = new Error('round');
    circular.cause = circular;
    expect(ERROR_CLASSES).toContain(errorClassOf(circular));
  });
});
