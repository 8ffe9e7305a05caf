import { sign as cryptoSign, verify as cryptoVerify } from 'node:crypto';
import type { DigestEncoding } from './digests.js';
import type { KeyPairs } from './key-pairs.js';
import { ed25519Keys, p256Keys } from './key-pairs.js';
import { keptKeys } from './kept-keys.js';
import type { Scheme } from './scheme.js';
import { makeScheme } from './scheme.js';
import { secondsOf, staleness, writeTime } from './timestamp.js';

/** Where a sender puts signature and time (Unix seconds). Header names are lower case. */
export interface PublicKeyFormat {
  readonly header: string;
  readonly timestampHeader: string;
}

const SHAPES = { hex: /^(?:[0-9a-f]{2})+$/, base64: /^[A-Za-z0-9+/]+={0,2}$/ };

/** Ed25519 over `<timestamp><raw body>`; signature and public key in hex. The secret of a source is the public key. */
export function ed25519(format: PublicKeyFormat): Scheme {
  return publicKeyScheme('ed25519', ed25519Keys, 'hex', (bytes) => bytes === 64, format);
}

/** ECDSA P-256 with SHA-256 over `<timestamp><raw body>`; signature (DER) and public key (SPKI) in base64. */
export function ecdsaP256(format: PublicKeyFormat): Scheme {
  return publicKeyScheme('ecdsa-p256', p256Keys, 'base64', (bytes) => bytes >= 8 && bytes <= 72, format);
}

function publicKeyScheme(
  name: string,
  keys: KeyPairs,
  encoding: DigestEncoding,
  isLength: (bytes: number) => boolean,
  { header, timestampHeader }: PublicKeyFormat,
): Scheme {
  const keyOf = keptKeys(keys.publicKey);
  return makeScheme({
    name,
    covers: '{timestamp}{body}',
    headers: [header, timestampHeader],
    secretHeaders: [],
    needsSecret: true,
    signsBody: true,
    signsTime: true,
    secretProblem: (secret) => (keyOf(secret) ? undefined : `the secret must be ${keys.words}`),
    exampleSecret: (seed) => keys.example(seed).publicKey,
    signingKey: {
      problem: (key) => (keys.privateKey(key) ? undefined : 'the signing key must be base64 of a PKCS #8 private key'),
      example: (seed) => keys.example(seed).privateKey,
    },
    check(request, context) {
      const { [header]: value, [timestampHeader]: timestamp } = request.headers;
      if (!value || !timestamp) return { outcome: 'missing', detail: `needs ${header} and ${timestampHeader}` };
      const seconds = secondsOf(timestamp, 'seconds');
      if (seconds === undefined) return { outcome: 'malformed', detail: `${timestampHeader} is not Unix seconds` };
      const signature = Buffer.from(value, encoding);
      // One spelling only, as in `decodeDigest`; the length of a DER signature varies.
      if (!SHAPES[encoding].test(value) || signature.toString(encoding) !== value || !isLength(signature.length))
        return { outcome: 'malformed', detail: `${header} is not ${encoding} of a signature` };
      const message = Buffer.concat([Buffer.from(timestamp), request.body]);
      const secretIndex = context.secrets.findIndex((secret) => {
        const key = keyOf(secret);
        return key !== undefined && cryptoVerify(keys.hash, message, key, signature);
      });
      if (secretIndex < 0) return { outcome: 'mismatch', detail: `${header} matches no public key` };
      return staleness(seconds, context) ?? { outcome: 'ok', secretIndex };
    },
    sign(body, { secret, now }) {
      const key = keys.privateKey(secret);
      if (!key) throw new TypeError('the signing key must be base64 of a PKCS #8 private key');
      const timestamp = writeTime(now, 'seconds');
      const message = Buffer.concat([Buffer.from(timestamp), body]);
      return { [header]: cryptoSign(keys.hash, message, key).toString(encoding), [timestampHeader]: timestamp };
    },
  });
}
