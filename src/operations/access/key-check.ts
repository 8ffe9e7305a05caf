import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { keyDigest } from './api-key.js';
import { ApiKeyStore } from './api-key.store.js';
import { BOOTSTRAP_KEY_ID, type Principal } from './principal.js';

/** How long a revoked key may still open a process that has just seen it. */
const TRUST_FOR_MS = 1_000;
const REMEMBERED_KEYS = 1_000;

/** The key of the environment, an admin's; a class so that Nest can inject it. */
export class BootstrapKey {
  constructor(readonly value: string | undefined) {}
}

/** Says who holds a key, asking the database at most once a second for each. */
@Injectable()
export class KeyCheck {
  private readonly bootstrap: Buffer | undefined;
  private readonly known = new Map<
    string,
    { readonly until: number; readonly principal: Promise<Principal | undefined> }
  >();

  constructor(
    key: BootstrapKey,
    private readonly store: ApiKeyStore,
  ) {
    this.bootstrap = key.value === undefined ? undefined : keyDigest(key.value);
  }

  /** Who holds `key`; `undefined` when nobody does (any more). Fails when the database does not answer. */
  async principal(key: string): Promise<Principal | undefined> {
    const sha256 = keyDigest(key);
    if (this.bootstrap && timingSafeEqual(sha256, this.bootstrap)) {
      return { keyId: BOOTSTRAP_KEY_ID, label: 'bootstrap', role: 'admin' };
    }
    const name = sha256.toString('base64');
    const known = this.known.get(name);
    if (known && performance.now() < known.until) return known.principal;
    this.known.delete(name);
    const principal = this.store.find(sha256);
    this.known.set(name, { until: performance.now() + TRUST_FOR_MS, principal });
    if (this.known.size > REMEMBERED_KEYS) this.known.delete(this.known.keys().next().value as string);
    principal.catch(() => this.known.delete(name));
    return principal;
  }
}
