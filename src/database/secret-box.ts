import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FINGERPRINT_DIGITS = 12;

/**
 * Seals what must not lie readable in the database (secrets of sources and destinations). Layout: key id, nonce, tag,
 * ciphertext. Seals with the newest key, opens with any, so a key is rotated by putting a new one in front.
 */
export class SecretBox {
  private readonly keys: ReadonlyMap<string, Buffer>;
  private readonly newest: Buffer;
  private readonly ordered: readonly Buffer[];

  /** `keys`: 32 bytes each, newest first; at least one. */
  constructor(keys: readonly Buffer[]) {
    const [newest] = keys;
    if (!newest) throw new Error('SecretBox needs at least one key');
    this.newest = newest;
    this.ordered = keys;
    this.keys = new Map(keys.map((key) => [keyId(key).toString('hex'), key]));
  }

  /** What stands at the start of all that each key sealed, newest first; it gives no key away. */
  keyIds(): readonly Buffer[] {
    return this.ordered.map(keyId);
  }

  /** Any JSON value, sealed. */
  seal(value: unknown): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.newest, nonce);
    const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
    return Buffer.concat([keyId(this.newest), nonce, cipher.getAuthTag(), text]);
  }

  /**
   * Names a secret without giving it away: 12 hex digits, the same for equal texts. Keyed, so that who sees it cannot try out
   * guesses. One per key, newest first: what was written down before a key was rotated is found under a later one.
   */
  fingerprints(text: string): readonly [string, ...string[]] {
    const [first, ...others] = this.ordered.map((key) =>
      createHmac('sha256', key)
        .update('hookyard fingerprint\0')
        .update(text)
        .digest('hex')
        .slice(0, FINGERPRINT_DIGITS),
    );
    return [first as string, ...others];
  }

  /** What `seal` was given. Throws when no key of ours made it or a bit was changed. */
  open(sealed: Buffer): unknown {
    const id = sealed.subarray(0, KEY_ID_BYTES).toString('hex');
    const key = this.keys.get(id);
    if (!key) throw new Error(`sealed with key ${id}, which HOOKYARD_ENCRYPTION_KEY does not hold`);
    const nonce = sealed.subarray(KEY_ID_BYTES, KEY_ID_BYTES + NONCE_BYTES);
    const tagEnd = KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES;
    const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(KEY_ID_BYTES + NONCE_BYTES, tagEnd));
    const text = Buffer.concat([decipher.update(sealed.subarray(tagEnd)), decipher.final()]);
    return JSON.parse(text.toString('utf8'));
  }
}

/** Names a key without giving it away. */
function keyId(key: Buffer): Buffer {
  return createHash('sha256').update('hookyard key id').update(key).digest().subarray(0, KEY_ID_BYTES);
}
