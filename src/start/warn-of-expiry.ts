import { certificatesOf } from '../config/destination-tls.js';
import type { DeclaredConfiguration } from '../config/config.js';
import type { Log } from '../telemetry/log.js';

const SOON_MS = 30 * 86_400_000;

/** Warns of destinations' certificates that end within 30 days or have ended, and of signing secrets past their `notAfter`. */
export function warnOfExpiry({ destinations }: DeclaredConfiguration, log: Log, now: Date): void {
  for (const { name, tls, proxy, signingSecrets } of destinations) {
    const texts = {
      'tls.ca': tls?.ca,
      'tls.cert': tls?.cert,
      'proxy.tls.ca': proxy?.tls?.ca,
      'proxy.tls.cert': proxy?.tls?.cert,
    };
    for (const [key, text] of Object.entries(texts)) {
      const ends = certificatesOf(text ?? '').map(({ validToDate }) => validToDate.getTime());
      if (ends.length === 0 || Math.min(...ends) - now.getTime() > SOON_MS) continue;
      const notAfter = new Date(Math.min(...ends)).toISOString();
      log.warn(
        { event: 'destination.certificate_ends', destination: name, key, notAfter },
        'a certificate ends soon, or has ended',
      );
    }
    for (const { label, notAfter } of signingSecrets) {
      if (notAfter === undefined || notAfter >= now) continue;
      log.warn(
        { event: 'destination.signing_secret_ended', destination: name, label, notAfter: notAfter.toISOString() },
        'nothing is signed with this secret any more; take it out',
      );
    }
  }
}
