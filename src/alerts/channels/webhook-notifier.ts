import type { AlertSettings } from '../../config/config.js';
import { AddressGuard } from '../../delivery/http/address-guard.js';
import { Dispatchers } from '../../delivery/http/dispatchers.js';
import { errorClassOf } from '../../delivery/http/error-class.js';
import { retryAfterMs } from '../../delivery/http/retry-after.js';
import { publicId } from '../../database/ids.js';
import { signStandardWebhook } from '../../sources/source-kit.js';
import type { Notice } from '../notice.js';
import { noticeText } from '../notice-text.js';
import type { Notifier, Sent } from './notifier.js';
import { postJson } from './post-json.js';

const LONGEST_TEXT = 20_000;
const LONGEST_WAIT_MS = 3_600_000;

/** Notices as a webhook of our own: JSON, signed as Standard Webhooks, through the guard that deliveries go through. */
export class WebhookNotifier implements Notifier {
  readonly name = 'webhook';
  readonly isSilent = false;
  private readonly guard: AddressGuard;
  private readonly dispatchers: Dispatchers;

  constructor(
    private readonly settings: NonNullable<AlertSettings['webhook']>,
    allowedNetworks: readonly string[],
  ) {
    this.guard = new AddressGuard(allowedNetworks);
    this.dispatchers = new Dispatchers(this.guard);
  }

  async send(notice: Notice, signal: AbortSignal): Promise<Sent> {
    const { allowPrivateNetwork } = this.settings;
    const url = new URL(this.settings.url);
    try {
      this.guard.checkHost(url, allowPrivateNetwork);
    } catch (error) {
      return { kind: 'refused', error: errorClassOf(error) };
    }
    const body = Buffer.from(JSON.stringify(bodyOf(notice)));
    const dispatcher = this.dispatchers.of({ allowPrivateNetwork, tls: undefined, proxy: undefined });
    const posted = await postJson(url, body, this.sign(notice, body), dispatcher, signal);
    if ('errorClass' in posted) return { kind: 'again', error: posted.errorClass };
    const { statusCode, headers } = posted;
    const error = `HTTP ${statusCode}`;
    if (statusCode >= 200 && statusCode < 300) return { kind: 'sent' };
    if (statusCode !== 429) return { kind: 'again', error };
    return {
      kind: 'wait',
      ms: Math.min(retryAfterMs(headers['retry-after'], Date.now()) ?? 30_000, LONGEST_WAIT_MS),
      error,
    };
  }

  async close(): Promise<void> {
    await this.dispatchers.destroy();
  }

  private sign({ id }: Notice, body: Buffer): Record<string, string> {
    const now = new Date();
    const secrets = this.settings.signingSecrets.filter(({ notAfter }) => notAfter === undefined || notAfter >= now);
    const head = { id: publicId('ntc', id), timestampSeconds: Math.floor(now.getTime() / 1_000) };
    if (secrets.length > 0) return signStandardWebhook({ ...head, body, secrets: secrets.map(({ value }) => value) });
    return { 'webhook-id': head.id, 'webhook-timestamp': String(head.timestampSeconds) };
  }
}

function bodyOf({ id, content }: Notice): object {
  const text = noticeText(content, LONGEST_TEXT);
  const data = content.kind === 'digest' ? content.data : content.alerts;
  const type = content.kind === 'digest' ? 'hookyard.digest' : `hookyard.alert.${content.kind}`;
  return { id: publicId('ntc', id), type, text, data };
}
