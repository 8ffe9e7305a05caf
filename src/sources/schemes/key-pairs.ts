/** Public keys as dashboards show them, and the private keys that sign in tests. The only place that knows their encodings. */
import { createECDH, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { decodeDigest, sha256 } from './digests.js';

/** One kind of key pair; its texts are what a dashboard shows (public) and base64 of PKCS #8 (private). */
export interface KeyPairs {
  /** For the message: what the public key looks like. */
  readonly words: string;
  /** What `crypto.verify` hashes with; `null` where the algorithm says so itself. */
  readonly hash: 'sha256' | null;
  /** `undefined` when the text is no such key. */
  readonly publicKey: (text: string) => KeyObject | undefined;
  readonly privateKey: (text: string) => KeyObject | undefined;
  /** Always the same pair for the same seed; never for production. */
  readonly example: (seed: string) => { readonly publicKey: string; readonly privateKey: string };
}

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Ed25519; the public key is shown as 64 hex digits. */
export const ed25519Keys: KeyPairs = {
  words: '64 hex digits, the Ed25519 public key',
  hash: null,
  publicKey(text) {
    const raw = decodeDigest(text.toLowerCase(), 'hex', 32);
    return (
      raw && attempt(() => createPublicKey({ key: Buffer.concat([ED25519_SPKI, raw]), format: 'der', type: 'spki' }))
    );
  },
  privateKey: (text) => pkcs8(text, 'ed25519'),
  example(seed) {
    const der = Buffer.concat([ED25519_PKCS8, sha256(seed)]);
    const publicDer = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({
      format: 'der',
      type: 'spki',
    });
    return { publicKey: publicDer.subarray(ED25519_SPKI.length).toString('hex'), privateKey: der.toString('base64') };
  },
};

/** ECDSA on the curve P-256; the public key is shown as base64 of its SPKI. */
export const p256Keys: KeyPairs = {
  words: 'the base64 of an ECDSA P-256 public key (SPKI, without BEGIN and END lines)',
  hash: 'sha256',
  publicKey(text) {
    const der = Buffer.from(text, 'base64');
    if (der.toString('base64') !== text) return undefined;
    const key = attempt(() => createPublicKey({ key: der, format: 'der', type: 'spki' }));
    return key?.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  },
  privateKey: (text) => pkcs8(text, 'ec'),
  example(seed) {
    const ecdh = createECDH('prime256v1');
    ecdh.setPrivateKey(sha256(seed));
    const point = ecdh.getPublicKey();
    const [x, y, d] = [point.subarray(1, 33), point.subarray(33), sha256(seed)].map((n) => n.toString('base64url'));
    const key = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x, y, d }, format: 'jwk' });
    return {
      publicKey: createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64'),
      privateKey: key.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    };
  },
};

function pkcs8(text: string, type: string): KeyObject | undefined {
  const key = attempt(() => createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' }));
  return key?.asymmetricKeyType === type ? key : undefined;
}

/** node:crypto throws on bytes that are no key. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
