import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { HttpError } from '../../errors.js';
import { bearerKey } from './api-key.js';
import { clientNetwork } from './client-network.js';
import { KeyCheck } from './key-check.js';
import { principalOf, setPrincipal, type Principal } from './principal.js';
import { RequestLimits } from './request-limits.js';

/** Asks for the key. It is asked before a request's body is read: a stranger's is never parsed, nor kept. */
@Injectable()
export class ApiEntrance {
  constructor(
    private readonly keys: KeyCheck,
    private readonly limits: RequestLimits,
  ) {}

  /**
   * Says who sent a request, by its `Authorization: Bearer <key>`, and counts it; the same request once. @throws HttpError
   * `UNAUTHORIZED` (401) without a valid key, `RATE_LIMITED` (429) after too many wrong keys from one address or too many requests with one key.
   */
  async admit(request: FastifyRequest): Promise<Principal> {
    const known = principalOf(request);
    if (known) return known;
    const key = bearerKey(request.headers.authorization);
    const client = clientNetwork(request.ip);
    if (key !== undefined) this.limits.refuseGuessers(client);
    const principal = key === undefined ? undefined : await this.keys.principal(key);
    if (!principal) {
      // Without a key nothing was guessed.
      if (key !== undefined) this.limits.countWrongKey(client);
      throw new HttpError('UNAUTHORIZED', 401, 'Send a valid API key: Authorization: Bearer <key>.', {
        'www-authenticate': 'Bearer',
      });
    }
    this.limits.countRequest(principal.keyId);
    setPrincipal(request, principal);
    return principal;
  }
}
