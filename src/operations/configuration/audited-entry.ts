import type { SecretBox } from '../../database/secret-box.js';
import { withPlaceholders } from '../../routing/placeholders.js';

/**
 * An entry as the audit log shows it: without what may be a secret, the token in a URL among it, but with a fingerprint of all
 * that, so that it shows when one was changed.
 */
export function auditedEntry(box: SecretBox, written: unknown): object {
  const { entry, values } = withPlaceholders(written, 'hidden', true);
  return {
    ...(entry as object),
    ...(values.size === 0 ? {} : { secretsFingerprint: box.fingerprints(JSON.stringify([...values]))[0] }),
  };
}
